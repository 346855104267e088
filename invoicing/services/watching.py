"""The hourly look for promises that are broken: an alarm in the log when there are any (R23, R29)."""

from datetime import datetime

import structlog

from invoicing.queries.late import counts

log = structlog.get_logger(__name__)


def next_watch(after: datetime) -> datetime | None:
    """Somebody looks every hour, whether or not anything is late."""
    return after


def watch(*, at: datetime) -> int:
    """Sound the alarm in the log when anything is late or given up; how many (R23, R29)."""
    broken = {code: count for code, count in counts(at).items() if count}
    if broken:
        log.error("promises_broken", **broken)
    return sum(broken.values())
