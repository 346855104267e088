"""Importing bank statements: once per content, once per bank reference, all lines or none."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import bank_csv, bank_files, camt
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Problem
from ledger.models import BankLine, BankStatement
from ledger.services.bank.matching import find_owners, make_recharge
from ledger.services.operators import IMPORT, require_operator

MOST_SHOWN = 20
BLOCK = 1 << 16
ONE_AT_A_TIME = 0x62616E6B  # any number, the same in every process


class BankFileError(DomainError):
    """The file was refused and nothing of it was kept.

    `lines` are the first bad lines (at most `MOST_SHOWN`), each with its number and a sentence.
    """

    def __init__(self, problem: str, lines: Sequence[tuple[int, str]] = ()) -> None:
        self.lines = tuple(lines)
        super().__init__("file_rejected", problem=problem)


class Outcome(StrEnum):
    """What becomes of a line."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    OUTGOING = "outgoing"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, what becomes of it, and whose recharge it is where that is certain."""

    line: Line
    outcome: Outcome
    customer: CustomerAccount | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file does. `known`: the very same file was imported before."""

    sha256: str
    head: Head
    rows: Sequence[Row]
    known: BankStatement | None = None

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many lines have each outcome; every outcome is present."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in Outcome}


def preview(*, stream: IO[bytes], by: User) -> Preview:
    """What importing this camt.053 or CSV file would do now; writes nothing.

    `stream` is seekable. Raises `not_permitted` and `BankFileError` (code `file_rejected`).
    """
    require_operator(by, IMPORT)
    sha256 = _sha256(stream)
    head, lines = _read(stream)
    known = BankStatement.objects.filter(sha256=sha256).first()
    return Preview(sha256, head, _judge(head, lines), known)


@transaction.atomic
def import_statement(
    *, name: str, stream: IO[bytes], by: User | None, at: datetime
) -> tuple[BankStatement, Preview]:
    """Import a bank statement (camt.053 or CSV); the statement and what became of its lines.

    What certainly belongs to a customer becomes a recharge of the booking day; the rest waits at
    the desk. Idempotent by content: the same file again changes nothing. A line whose bank
    reference came before, in whatever file, is a duplicate and not imported. `by` None is the
    system. Raises `not_permitted`, and `BankFileError` (code `file_rejected`) when anything is
    wrong with the file or any line; nothing is written then.
    """
    if by is not None:
        require_operator(by, IMPORT)
    sha256 = _sha256(stream)
    head, lines = _read(stream)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    known = BankStatement.objects.filter(sha256=sha256).first()
    if known:
        return known, Preview(sha256, head, _judge(head, lines), known)
    owners = find_owners(head, lines)
    customers = lock_customers(owner.pk for owner in owners.values())
    found = Preview(sha256, head, _judge(head, lines))
    statement = _write(name, found, by, at)
    rows = {row.line.reference: row for row in found.rows if row.outcome != Outcome.DUPLICATE}
    for line in statement.lines.order_by("position"):
        owner = rows[line.reference].customer
        if owner and owner.pk in customers:
            make_recharge(line=line, customer=customers[owner.pk], by=by, at=at)
    return statement, found


def _write(name: str, found: Preview, by: User | None, at: datetime) -> BankStatement:
    head = found.head
    statement = BankStatement.objects.create(
        name=name[:200],
        sha256=found.sha256,
        account=head.account,
        currency=head.currency,
        lines_count=len(found.rows),
        opening=head.opening,
        closing=head.closing,
        imported_by=by,
        imported_at=at,
    )
    BankLine.objects.bulk_create(
        (
            BankLine(
                statement=statement,
                position=position,
                account=head.account,
                reference=row.line.reference,
                amount=row.line.amount,
                currency=head.currency,
                booked_on=row.line.booked_on,
                payer=row.line.payer,
                payer_account=row.line.payer_account,
                paid_into=row.line.paid_into,
                remittance=row.line.remittance,
            )
            for position, row in enumerate(found.rows, start=1)
            if row.outcome != Outcome.DUPLICATE
        ),
        batch_size=1_000,
    )
    return statement


def _judge(head: Head, lines: Sequence[Line]) -> list[Row]:
    """What becomes of each line. Raises `BankFileError` for a reference used for something else."""
    owners = find_owners(head, lines)
    seen = {
        line.reference: (line.amount, line.booked_on)
        for line in BankLine.objects.filter(
            account=head.account, reference__in=[line.reference for line in lines]
        )
    }
    rows, bad = [], []
    for line in lines:
        content = (line.amount, line.booked_on)
        if line.reference not in seen:
            seen[line.reference] = content
            owner = owners.get(line.reference)
            incoming = Outcome.MATCHED if owner else Outcome.UNMATCHED
            rows.append(Row(line, incoming if line.amount > 0 else Outcome.OUTGOING, owner))
        elif seen[line.reference] == content:
            rows.append(Row(line, Outcome.DUPLICATE))
        else:
            problem = Problem(
                _("the reference %(reference)s came before with another amount or date."),
                reference=bank_files.shown(line.reference),
            )
            bad.append((line.number, _say(problem)))
    if bad:
        raise BankFileError(_summary(bad), bad[:MOST_SHOWN])
    return rows


def _read(stream: IO[bytes]) -> tuple[Head, list[Line]]:
    """The whole statement, checked. Raises `BankFileError`."""
    stream.seek(0)
    beginning = stream.read(200)
    stream.seek(0)
    reader = camt.read if bank_files.is_xml(beginning) else bank_csv.read
    try:
        head, parts = reader(stream)
        lines = _good(parts)
        if None not in (head.opening, head.closing):
            moved = sum((line.amount for line in lines), ZERO)
            if (head.opening or ZERO) + moved != head.closing:
                raise Problem(_("its lines do not lead from the opening to the closing balance."))
    except Problem as problem:
        raise BankFileError(_say(problem)) from None
    return head, lines


def _good(parts: Iterator[Line | BadLine]) -> list[Line]:
    """All lines. Raises `BankFileError` after `MOST_SHOWN` bad ones, or at the end."""
    lines: list[Line] = []
    bad: list[tuple[int, str]] = []
    for part in parts:
        if isinstance(part, Line):
            lines.append(part)
        else:
            bad.append((part.number, _say(part.problem)))
        if len(bad) == MOST_SHOWN:
            break
    if bad:
        raise BankFileError(_summary(bad), bad)
    return lines


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


def _sha256(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest, bounded = hashlib.sha256(), Bounded(stream)
    try:
        while block := bounded.read(BLOCK):
            digest.update(block)
    except Problem as problem:
        raise BankFileError(_say(problem)) from None
    return digest.hexdigest()
