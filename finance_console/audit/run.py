"""Running the checks."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction

from finance_console.audit import (
    bank,
    bills,
    books,
    credit_notes,
    customers,
    database,
    files,
    invoices,
    items,
    movements,
    paper,
    share,
    uploads,
)
from finance_console.audit.check import Check

CHECKS: tuple[Check, ...] = (
    *books.CHECKS,
    *movements.CHECKS,
    *bank.CHECKS,
    *bills.CHECKS,
    *items.CHECKS,
    *invoices.CHECKS,
    *credit_notes.CHECKS,
    *customers.CHECKS,
    *uploads.CHECKS,
    *database.CHECKS,
)
SHOWN = 20
QUICK = "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off"  # joins in memory, begun at once


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was run: `rows` are the rows at fault (at most `SHOWN`), as readable text."""

    name: str
    rows: tuple[str, ...]


def run_audit(*, read: Collection[str] = share.ALL) -> list[Result]:
    """Run every check in one snapshot; a result per check, in order.

    `read`: which stored files are read to their last byte, by the first two digits of their fingerprint.

    Inside a transaction that is already open (a test, a service) it uses that one.
    """
    if connection.in_atomic_block:
        return _results(read)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(QUICK)
        return _results(read)


def _results(read: Collection[str]) -> list[Result]:
    return [
        *map(_run, CHECKS),
        Result(files.NAME, files.lost(SHOWN, read)),
        Result(files.NAMED, files.orphans(SHOWN, read)),
        Result(paper.NAME, paper.lost(SHOWN)),
        Result(uploads.NAME, uploads.lost(SHOWN, read)),
    ]


def _run(check: Check) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({check.sql}) AS fault LIMIT {SHOWN}", check.values or None)
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    return Result(
        check.name,
        tuple(
            ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))
            for row in rows
        ),
    )
