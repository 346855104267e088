"""Reading bank files: which reader, the whole file checked, and what is wrong in one sentence."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import bank_csv, bank_files, bank_table, camt, mt940
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Part, Problem, Read, Skipped
from ledger.domain.bank_format import Format
from ledger.domain.bank_rows import Ours
from ledger.services.bank.formats import current_formats

MOST_SHOWN = 20
BLOCK = 1 << 16
AHEAD = timedelta(days=31)
Statements = list[tuple[Head, list[Line]]]


class BankFileError(DomainError):
    """The file was refused and nothing of it was kept.

    `lines` are the first bad lines (at most `MOST_SHOWN`), each with its number and a sentence.
    """

    def __init__(self, problem: str, lines: Sequence[tuple[int, str]] = ()) -> None:
        self.lines = tuple(lines)
        super().__init__("file_rejected", problem=problem)


NOTHING = Ours()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of a file: whose format it is ("": recognised by its header), and what it leaves out."""

    format: str = ""
    ours: Ours = NOTHING


AS_IT_SAYS = Choice()


@dataclass(frozen=True, slots=True)
class Reading:
    """All statements of a file, checked; `skipped` lines moved no money, as the bank says.

    `format` is None for a file of a standard (camt.053, MT940, our own CSV).
    """

    statements: Statements
    format: Format | None = None
    skipped: int = 0


def read_file(stream: IO[bytes], at: datetime, choice: Choice = AS_IT_SAYS) -> Reading:
    """All statements of the file. Raises `BankFileError`."""
    try:
        (head, parts), form = _opened(stream, choice)
        reading = _good(head, parts, form, latest=at.date() + AHEAD)
        for head, lines in reading.statements:
            if head.opening is None or head.closing is None:
                continue
            moved = sum((line.amount for line in lines), ZERO)
            if head.opening + moved != head.closing:
                raise Problem(_("its lines do not lead from the opening to the closing balance."))
    except Problem as problem:
        raise BankFileError(said(problem)) from None
    return reading


def read_with(stream: IO[bytes], form: Format, ours: Ours, at: datetime) -> Reading:
    """The file read by this format, of the database or not. Raises `BankFileError`."""
    try:
        head, parts = bank_table.read(stream, form, ours)
        return _good(head, parts, form, latest=at.date() + AHEAD)
    except Problem as problem:
        raise BankFileError(said(problem)) from None


def _opened(stream: IO[bytes], choice: Choice) -> tuple[Read, Format | None]:
    """The reader of the file: the chosen one, or the one that it shows itself to be of."""
    stream.seek(0)
    beginning = stream.read(BLOCK)
    stream.seek(0)
    if not choice.format:
        if bank_files.is_xml(beginning):
            return camt.read(stream), None
        if mt940.is_mt940(beginning):
            return mt940.read(stream), None
        if bank_csv.is_ours(beginning):
            return bank_csv.read(stream), None
    form = _format(stream, choice.format)
    return bank_table.read(stream, form, choice.ours), form


def _format(stream: IO[bytes], code: str) -> Format:
    formats = current_formats()
    if code and code not in formats:
        raise Problem(_("the format %(code)s is not there any more: choose another."), code=code)
    form = formats[code] if code else bank_table.recognised(stream, formats.values())
    if form is None:
        raise Problem(
            _(
                "its header is that of no bank that is known here: choose a format, or define one for this bank."
            )
        )
    return form


def _good(head: Head, parts: Iterator[Part], form: Format | None, *, latest: date) -> Reading:
    """All statements with their lines. Raises `BankFileError` after `MOST_SHOWN` bad lines, or at
    the end."""
    statements: Statements = [(head, [])]
    bad: list[tuple[int, str]] = []
    skipped = 0
    for part in parts:
        if isinstance(part, Head):
            statements.append((part, []))
        elif isinstance(part, Skipped):
            skipped += 1
        elif isinstance(part, BadLine):
            bad.append((part.number, said(part.problem)))
        elif part.booked_on > latest:
            sentence = _("the date %(text)s is not plausible: check its year.")
            bad.append((part.number, said(Problem(sentence, text=part.booked_on.isoformat()))))
        else:
            statements[-1][1].append(part)
        if len(bad) == MOST_SHOWN:
            break
    if bad:
        raise BankFileError(_summary(bad), bad)
    return Reading(statements, form, skipped)


def _summary(bad: Sequence[tuple[int, str]]) -> str:
    if len(bad) >= MOST_SHOWN:
        text = gettext("%(count)s or more lines are wrong; line %(number)s: %(reason)s")
    else:
        text = ngettext(
            "one line is wrong; line %(number)s: %(reason)s",
            "%(count)s lines are wrong; line %(number)s: %(reason)s",
            len(bad),
        )
    number, reason = bad[0]
    return text % {"count": min(len(bad), MOST_SHOWN), "number": number, "reason": reason}


def said(problem: Problem) -> str:
    """The problem as a sentence, with the column that it is about."""
    sentence = gettext(problem.sentence) % problem.values
    if not problem.column:
        return sentence
    return gettext("column %(column)s: %(problem)s") % {
        "column": problem.column,
        "problem": sentence,
    }


def sha256_of(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest, bounded = hashlib.sha256(), Bounded(stream)
    try:
        while block := bounded.read(BLOCK):
            digest.update(block)
    except Problem as problem:
        raise BankFileError(said(problem)) from None
    return digest.hexdigest()
