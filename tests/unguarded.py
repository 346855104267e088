"""The tables without their triggers: for what tests must be allowed to do and nobody else.

The owner of a table may switch its triggers off, so the tests need no superuser where DATABASE_URL is somebody's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper


def tables_with_triggers() -> set[str]:
    """The tables that have triggers of ours (foreign keys have others)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        )
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def unguarded() -> Iterator[CursorWrapper]:
    """A cursor that no trigger of ours stops, inside the transaction of the test; foreign keys hold."""
    tables = sorted(tables_with_triggers())
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table with checks to come stays as it is
        for name in tables:
            cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        yield cursor
        for name in tables:
            cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
