"""Reading bank files: which reader, the whole file checked, and what is wrong in one sentence."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import IO

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import bank_csv, bank_files, camt, mt940
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Part, Problem

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


def statements_of(stream: IO[bytes], at: datetime) -> Statements:
    """All statements of the file, checked. Raises `BankFileError`."""
    stream.seek(0)
    beginning = stream.read(200)
    stream.seek(0)
    reader = bank_csv.read
    if bank_files.is_xml(beginning):
        reader = camt.read
    elif mt940.is_mt940(beginning):
        reader = mt940.read
    try:
        head, parts = reader(stream)
        statements = _good(head, parts, latest=at.date() + AHEAD)
        for head, lines in statements:
            if head.opening is None or head.closing is None:
                continue
            moved = sum((line.amount for line in lines), ZERO)
            if head.opening + moved != head.closing:
                raise Problem(_("its lines do not lead from the opening to the closing balance."))
    except Problem as problem:
        raise BankFileError(_say(problem)) from None
    return statements


def _good(head: Head, parts: Iterator[Part], *, latest: date) -> Statements:
    """All statements with their lines. Raises `BankFileError` after `MOST_SHOWN` bad lines, or at
    the end."""
    statements: Statements = [(head, [])]
    bad: list[tuple[int, str]] = []
    for part in parts:
        if isinstance(part, Head):
            statements.append((part, []))
        elif isinstance(part, BadLine):
            bad.append((part.number, _say(part.problem)))
        elif part.booked_on > latest:
            sentence = _("the date %(text)s is not plausible: check its year.")
            bad.append((part.number, _say(Problem(sentence, text=part.booked_on.isoformat()))))
        else:
            statements[-1][1].append(part)
        if len(bad) == MOST_SHOWN:
            break
    if bad:
        raise BankFileError(_summary(bad), bad)
    return statements


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


def _say(problem: Problem) -> str:
    return gettext(problem.sentence) % problem.values


def sha256_of(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest, bounded = hashlib.sha256(), Bounded(stream)
    try:
        while block := bounded.read(BLOCK):
            digest.update(block)
    except Problem as problem:
        raise BankFileError(_say(problem)) from None
    return digest.hexdigest()
