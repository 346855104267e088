"""No statement of any test locks a row of one table while it reads another: every connection is watched."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.signals import connection_created

LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b")
_switch = {"on": True}
READS_MORE = re.compile(r"\bJOIN\b|\bSELECT\b.*\bSELECT\b", re.DOTALL)


class JoinedLock(AssertionError):
    """A locking statement reads more than one table."""


def joins_while_locking(sql: str) -> bool:
    return bool(LOCKS.search(sql) and READS_MORE.search(sql))


def _watch(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
    if (
        _switch["on"]
        and isinstance(sql, str)
        and sql.startswith("SELECT")
        and joins_while_locking(sql)
    ):
        raise JoinedLock(sql)
    return execute(sql, *rest)


def _begin(*, connection: Any, **_more: Any) -> None:
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)


def watch_every_connection() -> None:
    connection_created.connect(_begin)


@contextmanager
def unwatched() -> Iterator[None]:
    """For negative controls: what happens when a query joins while it locks."""
    _switch["on"] = False
    yield
    _switch["on"] = True
