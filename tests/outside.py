"""Nobody outside is called while a lock is held: what one connection locks, and what is called meanwhile.

A row that was inserted or changed is locked until the transaction ends, or is taken back to a savepoint. The row of the
form itself (`accounts_submission`) is no such lock: only the same form, sent again, waits for it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.core.cache import caches
from django.db import connection

from finance_console.operating.storage import WholeFiles
from invoicing.channels import SandboxChannel
from ledger.channels.sandbox import Sandbox

TAKES = re.compile(
    r"^\s*(INSERT|UPDATE|DELETE|COPY|SELECT\b.*\bFOR (NO KEY )?(UPDATE|SHARE))", re.DOTALL
)
OWN_ROW = '"accounts_submission"'
OUTSIDE: tuple[tuple[type, str], ...] = (
    (WholeFiles, "_save"),
    (WholeFiles, "_open"),
    (WholeFiles, "delete"),
    (type(caches["default"]), "add"),
    (type(caches["default"]), "incr"),
    (type(caches["default"]), "get"),
    (type(caches["default"]), "set"),
    (SandboxChannel, "issue"),
    (Sandbox, "start"),
)
"""What leaves the process: files, the cache, the tax channel, the payment channel."""


class Locks:
    """What this connection locks, told from its statements."""

    def __init__(self) -> None:
        self.held = ""
        self.before: dict[str, str] = {}

    def __call__(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if isinstance(sql, str):
            self._note(sql)
        return done

    def _note(self, sql: str) -> None:
        name = sql.rpartition(" ")[2]
        if sql.startswith("SAVEPOINT"):
            self.before[name] = self.held
        elif sql.startswith("ROLLBACK TO SAVEPOINT"):
            self.held = self.before.get(name, "")
        elif TAKES.match(sql) and OWN_ROW not in sql:
            self.held = self.held or sql[:80]


@contextmanager
def watching() -> Iterator[list[str]]:
    """What is called outside while something is locked, each with the first lock."""
    found: list[str] = []
    locks = Locks()

    def noted(method: Any, name: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            if locks.held:
                found.append(f"{name} after {locks.held}")
            return method(*args, **more)

        return call

    patches = [
        mock.patch.object(owner, name, noted(getattr(owner, name), f"{owner.__name__}.{name}"))
        for owner, name in OUTSIDE
    ]
    for one in patches:
        one.start()
    try:
        with connection.execute_wrapper(locks):
            yield found
    finally:
        for one in patches:
            one.stop()
