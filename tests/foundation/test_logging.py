"""Logs are one JSON object a line and never tell what a variable held."""

import json
import subprocess
import sys

from finance_console.embedded.leases import BASE_DIR

PROGRAM = """
import logging, structlog
from finance_console.operating.logging import configure
configure(level="INFO", as_json=True)

def sign_in(password):
    raise ValueError("wrong state")

with structlog.contextvars.bound_contextvars(request_id="r-1"):
    try:
        sign_in("hunter2")
    except ValueError:
        logging.getLogger("shop").exception("failed", extra={"password": "hunter2"})
    structlog.get_logger("ledger").info("posted", reference="R-7")
"""


def test_logs_are_json_with_the_request_id_and_without_local_variables() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )

    failed, posted = (json.loads(line) for line in said.stderr.splitlines())
    assert (failed["event"], failed["request_id"], failed["level"]) == ("failed", "r-1", "error")
    assert "ValueError: wrong state" in failed["exception"]
    assert (posted["event"], posted["reference"], posted["logger"]) == ("posted", "R-7", "ledger")
    assert '"hunter2"' not in said.stderr.replace('sign_in("hunter2")', "")
    assert "hunter2" not in json.dumps({**failed, "exception": ""})


EXPECTED = """
import logging
from finance_console.operating.logging import configure
configure(level="INFO", as_json=True)
for level in ("WARNING", "ERROR"):
    try:
        raise PermissionError("no")
    except PermissionError as error:
        logging.getLogger("django.request").log(getattr(logging, level), "said no", exc_info=error)
"""


def test_what_is_expected_leaves_one_line_and_what_is_not_its_traceback() -> None:
    said = subprocess.run(
        [sys.executable, "-c", EXPECTED], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )

    forbidden, broken = (json.loads(line) for line in said.stderr.splitlines())
    assert (forbidden["event"], "exception" in forbidden) == ("said no", False)
    assert "PermissionError: no" in broken["exception"]
