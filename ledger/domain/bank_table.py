"""Bank statements as tables (CSV) of any bank whose format is known: decoded, its header found, its lines read."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from finance_console.kernel.errors import gettext_noop as _
from ledger.domain import bank_files
from ledger.domain.bank_encodings import Recoded
from ledger.domain.bank_files import BadLine, Bounded, Head, Part, Problem, Read
from ledger.domain.bank_format import Format, clean, header_key
from ledger.domain.bank_rows import Header, Ours, Reader

LONGEST_LINE = 10_000
LONGEST_RECORD = 5  # lines of the file that one row may span, by its quotes
HEADER_WITHIN = 60
BLOCK = 1 << 16
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


Row = tuple[int, list[str]]


def recognised(stream: IO[bytes], formats: Iterable[Format]) -> Format | None:
    """The format whose columns the header has, all of them, and the most; None without one.

    Raises Problem when several fit equally well: a person chooses then.
    """
    fits: dict[int, list[Format]] = {}
    for form in formats:
        try:
            header = _header(_rows(stream, form), form, whole=True)
        except Problem:
            continue
        if header:
            fits.setdefault(len(form.named), []).append(form)
    if not fits:
        return None
    best = fits[max(fits)]
    if len(best) > 1:
        raise Problem(
            _("its header fits several formats (%(names)s): choose one of them."),
            names=", ".join(form.name for form in best),
        )
    return best[0]


def read(stream: IO[bytes], form: Format, ours: Ours) -> Read:
    """The head of the statement and its lines, in order. Raises Problem, now or while they are read."""
    rows = _rows(stream, form)
    header = _header(rows, form, whole=False)
    if header is None:
        raise Problem(
            _("no line of it is a header with the columns %(names)s: choose another format."),
            names=", ".join(sorted(_needed(form))),
        )
    reader = Reader(form, header)
    movements = (row for row in rows if not reader.is_no_movement(row[1]))
    first = next(movements, None)
    if first is None:
        raise Problem(_("it has no lines besides its header."))
    head = reader.head(first[1], ours)
    return head, _lines(reader, head, first, movements)


def _needed(form: Format) -> set[str]:
    wanted = ("booked_on", "amount", "money_in", "money_out", "direction", "status")
    return {name for place in wanted for name in form.columns.get(place, ())}


def _header(rows: Iterator[Row], form: Format, *, whole: bool) -> Header | None:
    """The header among the first rows: all columns of the format (`whole`), or those it cannot do without."""
    wanted = set(form.named) if whole else {header_key(name) for name in _needed(form)}
    before: list[str] = []
    for _number, row in islice(rows, HEADER_WITHIN):
        names = [header_key(cell) for cell in row]
        if wanted <= set(names):
            twice = [name for name in form.named if names.count(name) > 1]
            if twice:
                raise Problem(_("the column %(column)s appears twice."), column=twice[0])
            return Header(names, before, {name: place for place, name in enumerate(names) if name})
        before += row
    return None


def _rows(stream: IO[bytes], form: Format) -> Iterator[Row]:
    """The rows that have anything in them, each with the line it begins on; the file from its beginning."""
    reader = csv.reader(_text_lines(stream, _encoding(stream, form)), delimiter=form.delimiter)
    try:
        while True:
            number = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                return
            if reader.line_num - number >= LONGEST_RECORD:
                raise Problem(_("line %(number)s: its quotes are broken."), number=number)
            cells = [clean(cell) for cell in row]
            if any(cells):
                yield number, cells
    except csv.Error:
        raise Problem(_("its quotes are broken or a field is too long.")) from None


def _encoding(stream: IO[bytes], form: Format) -> str:
    """The first encoding of the format that the whole file is written in. Raises Problem."""
    stream.seek(0)
    beginning = stream.read(4)
    for mark, name in MARKS:
        if beginning.startswith(mark):
            return name
    for name in form.encodings:
        stream.seek(0)
        bounded, decoder = Bounded(stream), codecs.getincrementaldecoder(name)()
        try:
            while block := bounded.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise Problem(_("it is not text in %(encodings)s."), encodings=", ".join(form.encodings))


def _text_lines(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Its lines, whatever ends them (CR, LF or both). Raises Problem for one that is too long."""
    stream.seek(0)
    source = Recoded(stream, encoding)
    newlines = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")(), translate=True)
    rest = ""
    try:
        while block := source.read(BLOCK):
            *lines, rest = (rest + newlines.decode(block)).split("\n")
            yield from (f"{line}\n" for line in lines)
            if len(rest) > LONGEST_LINE:
                raise Problem(_("a line is longer than %(limit)s characters."), limit=LONGEST_LINE)
        rest += newlines.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Problem(_("its characters cannot be read.")) from None
    yield from rest.splitlines(keepends=True)


def _lines(reader: Reader, head: Head, first: Row, others: Iterator[Row]) -> Iterator[Part]:
    row: Row | None = first
    count = 0
    while row is not None:
        count += 1
        if count > bank_files.MOST_LINES:
            raise Problem(_("it has more than %(limit)s lines."), limit=bank_files.MOST_LINES)
        try:
            yield reader.line(row[0], row[1], head)
        except Problem as problem:
            yield BadLine(row[0], problem)
        row = next(others, None)
