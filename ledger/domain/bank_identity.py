"""When a line of a bank statement is one that an earlier statement held: pure, over values.

A reference is never enough: banks write placeholders, or one value for every line of a day. Lines
are equal when account, day, amount with its direction, and reference are; equal lines of one
statement are as many payments. The nth of them was held before when earlier statements, which can
hold lines of this one at all, held that many whose details do not contradict.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledger.domain.bank_files import Head, Line

Key = tuple[date, Decimal, str]


class Verdict(StrEnum):
    """Whether a line is new. DOUBTFUL: equal, but nobody can tell; a person decides."""

    NEW = "new"
    HELD = "held"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Held:
    """A line that was kept, and the head of its statement. `only_in`: all its lines are money in."""

    line: Line
    head: Head
    only_in: bool


def key(line: Line) -> Key:
    """What is equal in equal lines of one account."""
    return line.booked_on, line.amount, line.reference


def judge(head: Head, lines: Sequence[Line], held: Iterable[Held]) -> list[Verdict]:
    """The verdict on each line of a statement, given what earlier ones of its account held."""
    only_in = all(line.amount > 0 for line in lines)
    by_key: dict[Key, list[Held]] = defaultdict(list)
    signs: dict[Head, set[bool]] = defaultdict(set)
    keys = {key(line) for line in lines}
    for held_line in held:
        if key(held_line.line) in keys and not _apart(
            head, held_line.head, only_in and held_line.only_in
        ):
            by_key[key(held_line.line)].append(held_line)
            signs[held_line.head].add(held_line.line.amount > 0)
    next_to = {
        other
        for other, places_of_sign in signs.items()
        if len(places_of_sign) == 1 and _meet(head, other)
    }
    verdicts = [Verdict.NEW] * len(lines)
    # whoever is equal in every detail pairs first, so that the order of a file decides nothing
    for exactly in (True, False):
        for n, line in enumerate(lines):
            if verdicts[n] is Verdict.NEW:
                verdicts[n] = _pair(line, by_key[key(line)], next_to, exactly=exactly)
    return verdicts


def _pair(line: Line, equals: list[Held], next_to: set[Head], *, exactly: bool) -> Verdict:
    """The verdict by the first of `equals` that may be `line`, which is used up by it."""
    for n, line_at_hand in enumerate(equals):
        known = None not in (line.balance, line_at_hand.line.balance)
        moved = known and line.balance != line_at_hand.line.balance
        if moved and line_at_hand.head in next_to:
            continue
        if (
            _details(line) == _details(line_at_hand.line)
            if exactly
            else _agree(line, line_at_hand.line)
        ):
            del equals[n]
            return Verdict.DOUBTFUL if moved or line_at_hand.head in next_to else Verdict.HELD
    return Verdict.NEW


def _details(line: Line) -> tuple[object, ...]:
    return (line.paid_into, line.payer_account, line.payer, line.remittance, line.balance)


def _agree(first: Line, other: Line) -> bool:
    """Whether two equal lines say nothing that differs; what one does not say differs from nothing."""
    pairs = zip(_details(first)[:-1], _details(other)[:-1], strict=True)
    return all(mine == theirs or not (mine and theirs) for mine, theirs in pairs)


def _apart(head: Head, other: Head, only_in: bool) -> bool:  # noqa: FBT001 - of both
    """Whether two statements certainly share no line.

    Their periods do not meet, or money only came in and the balance of one is never below that on
    which the other ended.
    """
    if _over(head, other) or _over(other, head):
        return True
    if not only_in or None in (head.opening, head.closing, other.opening, other.closing):
        return False
    return other.closing <= head.opening or head.closing <= other.opening  # type: ignore[operator]


def _meet(head: Head, other: Head) -> bool:
    """Whether one of two statements ends on the balance on which the other begins.

    When all that they may have in common goes one way, they then follow each other, unless one
    lies within the other: so an equal line with another balance is new, and one with the same
    balance is for a person.
    """
    ends = (head.closing, other.closing)
    return None not in ends and (head.opening == ends[1] or other.opening == ends[0])


def _over(first: Head, second: Head) -> bool:
    """Whether the period of `first` is over when that of `second` begins."""
    return first.ends is not None and second.begins is not None and first.ends <= second.begins
