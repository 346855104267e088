"""Tables that people hand in, as CSV (UTF-8) or XLSX: rows with their numbers, within bounds of memory and parts.

An XLSX file is a zip archive of XML: what it unpacks to is counted, element by element, before a library reads it.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.parsers import expat

from finance_console.kernel.errors import gettext_noop as _

ZIP_MAGIC = b"PK\x03\x04"
MOST_FILES = 200  # in the archive
DEEPEST = 50
BLOCK = 1 << 16


class Unreadable(Exception):
    """The file cannot be read; `sentence` says why, `values` fill it."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence, self.values = sentence, values
        super().__init__(sentence % values)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is read at most: bytes as they come and unpacked, XML elements, columns, rows (empty ones too)."""

    content: int = 1_000_000
    unpacked: int = 20_000_000
    elements: int = 300_000
    columns: int = 50
    rows: int = 10_000


Row = tuple[int, Sequence[Any]]


def rows_of(content: bytes, bounds: Bounds) -> Iterator[Row]:
    """The rows of a CSV file, or of the first sheet of an XLSX file, from 1. Raises `Unreadable`."""
    if len(content) > bounds.content:
        raise Unreadable(
            _("it is larger than %(limit)s MB."), limit=max(bounds.content // 1_000_000, 1)
        )
    rows = _sheet(content, bounds) if content.startswith(ZIP_MAGIC) else _csv(content)
    return islice(rows, bounds.rows)


def _csv(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1)
    except UnicodeDecodeError:
        raise Unreadable(_("it is neither text in UTF-8 nor an XLSX file.")) from None
    except csv.Error:
        raise Unreadable(_("its quotes are broken or a field is too long.")) from None


def _sheet(content: bytes, bounds: Bounds) -> Iterator[Row]:
    from openpyxl import load_workbook  # half a second at every start, for a file now and then

    try:
        _weigh(content, bounds)
        with warnings.catch_warnings(action="ignore"):  # of styles that it does not know
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(max_col=bounds.columns, values_only=True)
            taken_rows = list(islice(rows, bounds.rows))
    except Unreadable:
        raise
    except Exception as error:  # whatever a damaged part of it raises inside the library
        raise Unreadable(_("it is a damaged XLSX file.")) from error
    return enumerate(taken_rows, start=1)


def _weigh(content: bytes, bounds: Bounds) -> None:
    """Raises `Unreadable` for an archive with more in it than `bounds` allow, as soon as that is seen."""
    weight = _Weight(bounds)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_FILES:
            weight.refuse()
        for part in parts:
            with archive.open(part) as stream:
                weight.take(stream, is_xml=part.filename.endswith((".xml", ".rels")))


class _Weight:
    """Counts what comes out of an archive."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds, self._bytes, self._elements, self._depth = bounds, 0, 0, 0

    def take(self, stream: Any, *, is_xml: bool) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = lambda *_about: self.refuse()
        while block := stream.read(BLOCK):
            self._bytes += len(block)
            if self._bytes > self._bounds.unpacked:
                self.refuse()
            if is_xml:
                parser.Parse(block, False)

    def _start(self, _name: str, _attributes: Any) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > self._bounds.elements or self._depth > DEEPEST:
            self.refuse()

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def refuse(self) -> None:
        raise Unreadable(_("it is too large when it is unpacked."))
