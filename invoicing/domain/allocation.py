"""Which items pay for an amount: the oldest first, the last one in part (A39, D04)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, minor_unit, round_money
from invoicing.domain.plan import Candidate


def oldest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Order of payment, the id breaking ties, so that every caller sees the same order."""
    return sorted(candidates, key=lambda candidate: (candidate.paid_at, candidate.item_id))


def total_of(candidates: Iterable[Candidate]) -> Decimal:
    """The sum of the amounts."""
    return sum((candidate.amount for candidate in candidates), ZERO)


def take(
    candidates: Sequence[Candidate], amount: Decimal, currency: str = "CNY"
) -> list[Candidate]:
    """The selection, oldest first, its amounts summing to `amount`.

    Raises `below_minimum` for less than one minor unit (B33, SC-18), and `insufficient_invoiceable` above the sum of
    the candidates (SC-32), with what is `short`.
    """
    unit = minor_unit(currency)
    if amount < unit:
        raise DomainError("below_minimum", minimum=unit)
    available, left = total_of(candidates), round_money(amount, currency)
    if left > available:
        says = {"says": "insufficient_by"} if available else {}
        raise DomainError(
            "insufficient_invoiceable", available=available, short=left - available, **says
        )
    taken = []
    for candidate in oldest_first(candidates):
        part = min(candidate.amount, left)
        if part <= 0:
            break
        taken.append(candidate if part == candidate.amount else replace(candidate, amount=part))
        left -= part
    return taken


def without(candidates: Sequence[Candidate], used: dict[int, Decimal]) -> list[Candidate]:
    """The candidates less what was `used` of each item id; what is used up disappears."""
    rest = [
        replace(offered, amount=offered.amount - used[offered.item_id])
        if offered.item_id in used
        else offered
        for offered in candidates
    ]
    return [candidate for candidate in rest if candidate.amount > 0]
