"""What becomes of the lines of a bank file, given what earlier statements held."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Q

from accounts.models import CustomerAccount
from ledger.domain import bank_identity
from ledger.domain.bank_files import Head, Line
from ledger.domain.bank_format import Format
from ledger.domain.bank_identity import Held, Verdict
from ledger.models import BankLine, BankStatement
from ledger.services.bank.matching import Likely, find_likely, find_owners
from ledger.services.bank.reading import Reading
from ledger.services.control.locking_periods import locked_through

CHUNK = 1_000


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
    it counts from when it is imported. `likely`: it is not certain, but sure enough to be credited.
    """

    line: Line
    outcome: Outcome
    customer: CustomerAccount | None = None
    part: int = 1
    locked: bool = False
    likely: Likely | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file does. `known`: the very same file was imported before.

    `format`: the bank's format it was read by, None for a standard; `skipped` lines moved no money.
    """

    sha256: str
    heads: Sequence[Head]
    rows: Sequence[Row]
    known: BankStatement | None = None
    locked_through: date | None = None
    format: Format | None = None
    skipped: int = 0

    @property
    def head(self) -> Head:
        """The head of the first statement."""
        return self.heads[0]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many lines have each outcome; every outcome is present."""
        counted = Counter(row.outcome for row in self.rows)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def late(self) -> int:
        """How many lines count from when they are imported, because their day is locked."""
        return sum(row.locked and row.outcome == Outcome.MATCHED for row in self.rows)


def judge(sha256: str, reading: Reading) -> Preview:
    """What becomes of each line; statements of one file are judged one after another."""
    locked = locked_through()
    rows: list[Row] = []
    before: list[tuple[Head, list[Held]]] = []
    for part, (head, lines) in enumerate(reading.statements, start=1):
        held = held_before(head, lines)
        for other, kept in before:
            if (other.account, other.currency) == (head.account, head.currency):
                held += kept
        verdicts = bank_identity.judge(head, lines, held)
        only_in = all(line.amount > 0 for line in lines)
        owners, guessed = find_owners(head, lines), find_likely(head, lines)
        for line, verdict, certain, likely in zip(lines, verdicts, owners, guessed, strict=True):
            owner = certain or (likely.customer if likely else None)
            outcome = _outcome(line, verdict, owner)
            rows.append(
                Row(
                    line,
                    outcome,
                    owner if outcome == Outcome.MATCHED else None,
                    part,
                    locked is not None and line.booked_on <= locked,
                    None if certain else likely,
                )
            )
        new = zip(lines, verdicts, strict=True)
        before.append((head, [Held(line, head, only_in) for line, v in new if v != Verdict.HELD]))
    known = BankStatement.objects.filter(sha256=sha256).order_by("part").first()
    heads = [head for head, _lines in reading.statements]
    return Preview(sha256, heads, rows, known, locked, reading.format, reading.skipped)


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


def held_before(head: Head, lines: Sequence[Line]) -> list[Held]:
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
    held_lines = [
        row
        for row in earlier.iterator(chunk_size=CHUNK)
        if (row.booked_on, row.amount, row.reference) in keys
    ]
    ids = {row.statement_id for row in held_lines}
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
        for row in held_lines
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
