"""Several sessions that all wait for one row before any of them goes on: the worst moment, every time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from finance_console.kernel.errors import DomainError

WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def at_once(*works: Callable[[], Any], waiting_for: Model | None = None) -> list[str]:
    """What each of the works came to, sorted: "done", a refusal's code, or what broke.

    All begin together; with `waiting_for` none goes on before all of them wait for that row.
    """
    start, outcomes = threading.Barrier(len(works)), [""] * len(works)

    def run(number: int) -> None:
        try:
            start.wait(20)
            works[number]()
            outcomes[number] = "done"
        except DomainError as refusal:
            outcomes[number] = refusal.code
        except Exception as error:  # noqa: BLE001 (the test says what it expects)
            outcomes[number] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    with transaction.atomic(), connection.cursor() as cursor:
        if waiting_for is not None:
            rows = type(waiting_for).objects.select_for_update(no_key=True)
            rows.get(pk=waiting_for.pk)
        for thread in threads:
            thread.start()
        waiting = 0
        while waiting_for is not None and waiting < len(works) and not any(outcomes):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            (waiting,) = cursor.fetchone()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@contextmanager
def unkept(
    *, triggers: dict[str, str] | None = None, indexes: tuple[str, ...] = ()
) -> Iterator[None]:
    """The database without these triggers (of tables) and unique indexes, for negative controls.

    Afterwards the rows are gone: they could not be kept.
    """
    with ExitStack() as stack, connection.cursor() as cursor:
        for table, name in (triggers or {}).items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            stack.callback(_do, f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        for name in indexes:
            undo, redo = _index(cursor, name)
            cursor.execute(undo)
            stack.callback(_do, redo)
        stack.callback(call_command, "flush", interactive=False, verbosity=0)
        yield


def _do(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _index(cursor: CursorWrapper, name: str) -> tuple[str, str]:
    """How a unique index goes, and how it comes back: as a constraint where it is one."""
    cursor.execute(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
        [name],
    )
    if found := cursor.fetchone():
        table, definition = found
        return (
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
        )
    cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
    return f"DROP INDEX {name}", cursor.fetchone()[0]
