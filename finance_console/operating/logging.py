"""Logs: one JSON object a line, with the id of the request, and nothing personal.

A traceback is written without the values of local variables: they hold names, tax numbers and passwords.
"""

import logging
import logging.config
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(allow=["status_code"]),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _one_line(record: logging.LogRecord) -> bool:
    """What is expected leaves one line: Django adds the traceback of every 403 and 404 it answers."""
    if record.levelno < logging.ERROR and record.name.startswith("django."):
        record.exc_info = None
    return True


def configure(*, level: str, as_json: bool) -> None:
    """Send the standard library's and structlog's records to standard error: as JSON, or as text for reading along."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    traceback = [structlog.processors.format_exc_info] if as_json else []
    finish = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *traceback, renderer]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _SHARED,
                    "processors": finish,
                }
            },
            "filters": {"one_line": {"()": lambda: _one_line}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "structured",
                    "filters": ["one_line"],
                }
            },
            "root": {"handlers": ["stderr"], "level": level.upper()},
            "loggers": {
                "weasyprint": {"level": "WARNING"},
                "fontTools": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
