"""Importing bank statements: once per content, each line once, the whole file or nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import IO

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import bank_csv, bank_files, bank_identity, camt
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Part, Problem
from ledger.domain.bank_identity import Held, Verdict
from ledger.models import BankLine, BankStatement
from ledger.services.bank.matching import find_owners, make_recharge
from ledger.services.control.locking_periods import locked_through
from ledger.services.operators import IMPORT, require_operator

MOST_SHOWN = 20
CHUNK = 1_000
AHEAD = timedelta(days=31)
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
    """What becomes of a line. DOUBTFUL: an earlier statement may have held it; to the desk."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    OUTGOING = "outgoing"
    REVERSAL = "reversal"
    DOUBTFUL = "doubtful"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, what becomes of it, and whose recharge it is where that is certain.

    `part` is its statement within the file. `locked`: the books are locked for its day, so that
    it counts from when it is imported.
    """

    line: Line
    outcome: Outcome
    customer: CustomerAccount | None = None
    part: int = 1
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file does. `known`: the very same file was imported before."""

    sha256: str
    heads: Sequence[Head]
    rows: Sequence[Row]
    known: BankStatement | None = None
    locked_through: date | None = None

    @property
    def head(self) -> Head:
        """The head of the first statement."""
        return self.heads[0]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many lines have each outcome; every outcome is present."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def late(self) -> int:
        """How many lines count from when they are imported, because their day is locked."""
        return sum(row.locked and row.outcome == Outcome.MATCHED for row in self.rows)


Statements = list[tuple[Head, list[Line]]]


def preview(*, stream: IO[bytes], by: User, at: datetime) -> Preview:
    """What importing this camt.053 or CSV file would do at `at`; writes nothing.

    `stream` is seekable. Raises `not_permitted` and `BankFileError` (code `file_rejected`).
    """
    require_operator(by, IMPORT)
    return _judge(_sha256(stream), _read(stream, at))


@transaction.atomic
def import_statement(
    *, name: str, stream: IO[bytes], by: User | None, at: datetime
) -> tuple[BankStatement, Preview]:
    """Import a bank file (camt.053 or CSV); its first statement and what became of all lines.

    What certainly belongs to a customer becomes a recharge of the booking day; the rest waits at
    the desk. Idempotent by content: the same file again changes nothing. A line that an earlier
    statement of the account held is a duplicate and not imported (`bank_identity`). `by` None is
    the system. Raises `not_permitted`, and `BankFileError` (code `file_rejected`) when anything is
    wrong with the file or any line; nothing is written then.
    """
    if by is not None:
        require_operator(by, IMPORT)
    sha256 = _sha256(stream)
    statements = _read(stream, at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    found = _judge(sha256, statements)
    if found.known:
        return found.known, found
    customers = lock_customers({row.customer.pk for row in found.rows if row.customer})
    written = [_write(name, found, part, by, at) for part, _head in enumerate(found.heads, start=1)]
    for statement in written:
        rows = [row for row in found.rows if row.part == statement.part]
        for line in statement.lines.order_by("position"):
            owner = rows[line.position - 1].customer
            if owner and not customers[owner.pk].is_closed:
                make_recharge(line=line, customer=customers[owner.pk], by=by, at=at)
    return written[0], found


def _write(name: str, found: Preview, part: int, by: User | None, at: datetime) -> BankStatement:
    head = found.heads[part - 1]
    rows = [row for row in found.rows if row.part == part]
    statement = BankStatement.objects.create(
        name=name[:200],
        sha256=found.sha256,
        part=part,
        account=head.account,
        currency=head.currency,
        lines_count=len(rows),
        opening=head.opening,
        closing=head.closing,
        begins=head.begins,
        ends=head.ends,
        imported_by=by,
        imported_at=at,
    )
    places = Counter(bank_identity.key(one.line) for one in _held(head, [row.line for row in rows]))
    lines = []
    for position, row in enumerate(rows, start=1):
        if row.outcome == Outcome.DUPLICATE:
            continue
        key = bank_identity.key(row.line)
        places[key] += 1
        lines.append(
            BankLine(
                statement=statement,
                position=position,
                place=places[key],
                account=head.account,
                reference=row.line.reference,
                amount=row.line.amount,
                currency=head.currency,
                booked_on=row.line.booked_on,
                payer=row.line.payer,
                payer_account=row.line.payer_account,
                paid_into=row.line.paid_into,
                remittance=row.line.remittance,
                balance=row.line.balance,
                undoes=row.line.undoes,
                doubtful=row.outcome == Outcome.DOUBTFUL,
            )
        )
    BankLine.objects.bulk_create(lines, batch_size=CHUNK)
    return statement


def _judge(sha256: str, statements: Statements) -> Preview:
    """What becomes of each line; statements of one file are judged one after another."""
    locked = locked_through()
    rows: list[Row] = []
    before: list[tuple[Head, list[Held]]] = []
    for part, (head, lines) in enumerate(statements, start=1):
        held = _held(head, lines)
        for other, kept in before:
            if (other.account, other.currency) == (head.account, head.currency):
                held += kept
        verdicts = bank_identity.judge(head, lines, held)
        only_in = all(line.amount > 0 for line in lines)
        owners = find_owners(head, lines)
        for line, verdict, owner in zip(lines, verdicts, owners, strict=True):
            outcome = _outcome(line, verdict, owner)
            rows.append(
                Row(
                    line,
                    outcome,
                    owner if outcome == Outcome.MATCHED else None,
                    part,
                    locked is not None and line.booked_on <= locked,
                )
            )
        new = zip(lines, verdicts, strict=True)
        before.append((head, [Held(line, head, only_in) for line, v in new if v != Verdict.HELD]))
    known = BankStatement.objects.filter(sha256=sha256).order_by("part").first()
    return Preview(sha256, [head for head, _lines in statements], rows, known, locked)


def _outcome(line: Line, verdict: Verdict, owner: CustomerAccount | None) -> Outcome:
    if verdict == Verdict.HELD:
        return Outcome.DUPLICATE
    if verdict == Verdict.DOUBTFUL:
        return Outcome.DOUBTFUL
    if line.undoes:
        return Outcome.REVERSAL
    if line.amount < 0:
        return Outcome.OUTGOING
    return Outcome.MATCHED if owner else Outcome.UNMATCHED


def _held(head: Head, lines: Sequence[Line]) -> list[Held]:
    """The lines of earlier statements of the account that may be among these: same day, same amount."""
    if not lines:
        return []
    keys = {bank_identity.key(line) for line in lines}
    days = [line.booked_on for line in lines]
    earlier = BankLine.objects.filter(
        account=head.account,
        currency=head.currency,
        booked_on__range=(min(days), max(days)),
    ).order_by("pk")
    found = [
        row
        for row in earlier.iterator(chunk_size=CHUNK)
        if (row.booked_on, row.amount, row.reference) in keys
    ]
    ids = {row.statement_id for row in found}
    statements = BankStatement.objects.in_bulk(ids)
    rising = {
        row["statement_id"]: row["rising"]
        for row in BankLine.objects.filter(statement_id__in=ids)
        .values("statement_id")
        .annotate(rising=Count("pk", filter=Q(amount__gt=0)))
    }
    return [
        Held(
            line=Line(
                number=row.position,
                reference=row.reference,
                amount=row.amount,
                booked_on=row.booked_on,
                payer=row.payer,
                payer_account=row.payer_account,
                paid_into=row.paid_into,
                remittance=row.remittance,
                balance=row.balance,
                undoes=row.undoes,
            ),
            head=_head_of(statements[row.statement_id]),
            only_in=rising[row.statement_id] == statements[row.statement_id].lines_count,
        )
        for row in found
    ]


def _head_of(statement: BankStatement) -> Head:
    return Head(
        statement.account,
        statement.currency,
        statement.opening,
        statement.closing,
        statement.begins,
        statement.ends,
    )


def _read(stream: IO[bytes], at: datetime) -> Statements:
    """All statements of the file, checked. Raises `BankFileError`."""
    stream.seek(0)
    beginning = stream.read(200)
    stream.seek(0)
    reader = camt.read if bank_files.is_xml(beginning) else bank_csv.read
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


def _sha256(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest, bounded = hashlib.sha256(), Bounded(stream)
    try:
        while block := bounded.read(BLOCK):
            digest.update(block)
    except Problem as problem:
        raise BankFileError(_say(problem)) from None
    return digest.hexdigest()
