"""Tracking numbers as a courier's file says them: CSV (UTF-8) or XLSX, a header, any order of columns.

Every cell is text: a spreadsheet that keeps a 20-digit invoice number as a number has lost its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.sheets import Bounds, Unreadable, rows_of

MOST_BYTES = 1_000_000
MOST_LINES = 1_000
BOUNDS = Bounds(content=MOST_BYTES)
INVOICE = ("invoice_number", "invoice number", "发票号码")
TRACKING = ("tracking_number", "tracking number", "快递单号", "运单号")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place in the file, the header being 1; both texts without space around them."""

    number: int
    invoice: str
    tracking: str


def read(content: bytes) -> list[Line]:
    """The lines that have anything in them, in order. Raises `Unreadable`."""
    rows = rows_of(content, BOUNDS)
    invoice, tracking = _columns(next(rows, (1, ()))[1])
    lines: list[Line] = []
    for number, cells in rows:
        line = Line(number, _cell(number, cells, invoice), _cell(number, cells, tracking))
        if line.invoice or line.tracking:
            lines.append(line)
        if len(lines) > MOST_LINES:
            raise Unreadable(_("it has more than %(limit)s lines."), limit=MOST_LINES)
    if not lines:
        raise Unreadable(_("it has no lines besides its header."))
    return lines


def _columns(header: Sequence[Any]) -> tuple[int, int]:
    """Where the two columns are. Raises `Unreadable` when one is missing."""
    names = [str(name or "").strip().lower() for name in header]
    places = []
    for wanted in (INVOICE, TRACKING):
        positions = [place for place, name in enumerate(names) if name in wanted]
        if len(positions) != 1:
            raise Unreadable(_("it needs one column called %(column)s."), column=wanted[0])
        places.append(positions[0])
    return places[0], places[1]


def _cell(number: int, cells: Sequence[Any], place: int) -> str:
    value = cells[place] if place < len(cells) else None
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(
            _("line %(number)s holds a number where text is needed: format the column as text."),
            number=number,
        )
    return value.strip().removeprefix("'")
