"""Tracking numbers as a courier's file says them: CSV (UTF-8) or XLSX, a header, any order of columns.

Every cell is text: a spreadsheet that keeps a 20-digit invoice number as a number has lost its end.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from finance_console.kernel.errors import gettext_noop as _

MOST_BYTES = 1_000_000
MOST_LINES = 1_000
MOST_UNPACKED = 20_000_000
MOST_COLUMNS = 50
MOST_ROWS = 10_000  # empty ones too
ZIP_MAGIC = b"PK\x03\x04"
INVOICE = ("invoice_number", "invoice number", "发票号码")
TRACKING = ("tracking_number", "tracking number", "快递单号", "运单号")


class Unreadable(Exception):
    """The file cannot be read; `sentence` says why, `values` fill it."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence, self.values = sentence, values
        super().__init__(sentence % values)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place in the file, the header being 1; both texts without space around them."""

    number: int
    invoice: str
    tracking: str


def read(content: bytes) -> list[Line]:
    """The lines that have anything in them, in order. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("it is larger than 1 MB."))
    rows = _sheet(content) if content.startswith(ZIP_MAGIC) else _csv(content)
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


Row = tuple[int, Sequence[Any]]


def _csv(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1)
    except UnicodeDecodeError:
        raise Unreadable(_("it is neither text in UTF-8 nor an XLSX file.")) from None
    except csv.Error:
        raise Unreadable(_("its quotes are broken or a field is too long.")) from None


def _sheet(content: bytes) -> Iterator[Row]:
    """The rows of the first sheet, no further than `MOST_ROWS`."""
    from openpyxl import load_workbook  # half a second at every start, for a file now and then

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise Unreadable(_("it is too large when it is unpacked."))
        with warnings.catch_warnings(action="ignore"):  # of styles that it does not know
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True)
            taken_rows = list(islice(rows, MOST_ROWS))
    except Unreadable:
        raise
    except Exception as error:  # whatever a damaged part of it raises inside the library
        raise Unreadable(_("it is a damaged XLSX file.")) from error
    return enumerate(taken_rows, start=1)


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
