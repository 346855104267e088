"""Bank statements as CSV: the columns of `docs/bank-files.md`, any order, UTF-8."""

import codecs
import csv
from collections.abc import Iterator, Mapping
from typing import IO

from finance_console.kernel.errors import gettext_noop as _
from ledger.domain import bank_files
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Problem, Read

REQUIRED = ("account", "currency", "reference", "booked_on", "amount")
OPTIONAL = ("payer", "payer_account", "paid_into", "remittance")
LONGEST_LINE = 10_000
BLOCK = 1 << 16


class _Rows:
    """The rows of a CSV file that have anything in them, each with the line it begins on."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._reader = csv.reader(lines, strict=True)

    def next(self) -> tuple[int, list[str]] | None:
        """The next row; None at the end. Raises Problem for broken quotes."""
        try:
            while True:
                number, row = self._reader.line_num + 1, next(self._reader, None)
                if row is None:
                    return None
                if row:
                    return number, row
        except csv.Error:
            raise Problem(_("its quotes are broken or a field is too long.")) from None


def is_ours(beginning: bytes) -> bool:
    """Whether a file that begins like this is meant as our own CSV: empty, or two of the names in its header."""
    first = beginning.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0]
    names = {name.strip() for name in first.decode(errors="replace").split(",")}
    return not first or len(names & set(REQUIRED)) > 1


def read(stream: IO[bytes]) -> Read:
    """The head of a CSV statement and its lines, in order. The first line says account and currency.

    Raises Problem, now or while the lines are read, when the file as a whole makes no sense.
    """
    rows = _Rows(_text_lines(Bounded(stream)))
    columns = _header(rows)
    first_row = rows.next()
    if first_row is None:
        raise Problem(_("it has no lines besides its header."))
    first = _fields(first_row[1], columns)
    head = Head(
        bank_files.account_number(first["account"]),
        bank_files.known_currency(first["currency"].strip()),
    )
    if not head.account:
        raise Problem(_("it does not say which account it is of."))
    return head, _lines(rows, columns, head, first_row)


def _text_lines(stream: Bounded) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    try:
        while block := stream.read(BLOCK):
            *lines, rest = (rest + decoder.decode(block)).split("\n")
            yield from (f"{line}\n" for line in lines)
            if len(rest) > LONGEST_LINE:
                raise Problem(_("a line is longer than %(limit)s characters."), limit=LONGEST_LINE)
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Problem(_("it is not text in UTF-8.")) from None
    if rest:
        yield rest


def _header(rows: _Rows) -> list[str]:
    header_row = rows.next()
    if header_row is None:
        raise Problem(_("it is empty."))
    header = [name.strip() for name in header_row[1]]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise Problem(_("the column %(column)s is missing."), column=missing[0])
    if len(set(header)) < len(header):
        raise Problem(_("a column appears twice."))
    return header


def _lines(
    rows: _Rows, columns: list[str], head: Head, row_at_hand: tuple[int, list[str]] | None
) -> Iterator[Line | BadLine]:
    count = 0
    while row_at_hand is not None:
        number, row = row_at_hand
        count += 1
        if count > bank_files.MOST_LINES:
            raise Problem(_("it has more than %(limit)s lines."), limit=bank_files.MOST_LINES)
        try:
            yield _line(number, row, columns, head)
        except Problem as problem:
            yield BadLine(number, problem)
        row_at_hand = rows.next()


def _fields(row: list[str], columns: list[str]) -> Mapping[str, str]:
    if len(row) != len(columns):
        raise Problem(
            _("a line has %(count)s fields, but the header has %(wanted)s."),
            count=len(row),
            wanted=len(columns),
        )
    return dict.fromkeys(OPTIONAL, "") | dict(zip(columns, row, strict=True))


def _line(number: int, row: list[str], columns: list[str], head: Head) -> Line:
    fields = _fields(row, columns)
    account = bank_files.account_number(fields["account"])
    if (account, fields["currency"].strip()) != (head.account, head.currency):
        raise Problem(_("it is of another account or currency than the first line."))
    reference = bank_files.reference(fields["reference"])
    if not reference:
        raise Problem(_("the bank reference is missing."))
    amount = bank_files.amount(fields["amount"], head.currency)
    if not amount:
        raise Problem(_("the amount is zero."))
    return Line(
        number=number,
        reference=reference,
        amount=amount,
        booked_on=bank_files.day(fields["booked_on"]),
        payer=bank_files.words(fields["payer"], 140),
        payer_account=bank_files.account_number(fields["payer_account"]),
        paid_into=bank_files.account_number(fields["paid_into"]),
        remittance=bank_files.words(fields["remittance"], 300),
    )
