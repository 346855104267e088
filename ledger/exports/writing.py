"""CSV for spreadsheets: streamed, exact, and safe to open.

A cell of text that begins like a formula becomes text: a spreadsheet would run it. Numbers stay
numbers, so that the reader can add them up.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

CHUNK = 2_000
BOM = "\ufeff"  # tells spreadsheets that it is UTF-8
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
Value = str | Promise | Decimal | int | date | datetime | None


class Streamed(Protocol):
    """Rows that are read a chunk at a time, as querysets are."""

    def iterator(self, chunk_size: int) -> Iterator[Any]:
        """The rows in their order."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and what it says of a row."""

    heading: str | Promise
    value: Callable[[Any], Value]


def cell(value: Value) -> str:
    """How a value is written: plain numbers, ISO days and moments in the active time zone, safe text."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case bool():
            return str(value)
        case int():
            return str(value)
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.lstrip(" \u3000\u00a0").startswith(DANGEROUS) else text


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[Column], rows: Streamed) -> Iterator[str]:
    """The file, line by line. `rows` are read in one snapshot through a cursor of the server: memory
    does not grow with them."""
    writer = csv.writer(_Line())
    yield BOM + str(writer.writerow([cell(column.heading) for column in columns]))
    for row in _streamed(rows):
        yield str(writer.writerow([cell(column.value(row)) for column in columns]))


def _streamed(rows: Streamed) -> Iterable[Any]:
    with transaction.atomic():
        yield from rows.iterator(chunk_size=CHUNK)
