"""How an amount above the cap becomes several documents, none of them silly (B36, D05, D06)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from finance_console.kernel.money import allocate, minor_unit

SILLY_TAIL = Decimal("1.00")
T = TypeVar("T")


def document_shares(
    total: Decimal, cap: Decimal | None, strategy: str = "auto", currency: str = "CNY"
) -> list[Decimal]:
    """The gross amounts of the fewest documents of at most `cap` (inclusive; None: no cap) that sum to `total`.

    "greedy" fills each to the cap; "balanced" makes them equal to the cent; "auto" is greedy unless its last
    document would be under 1.00 (D05, SC-34 to SC-36).
    """
    if cap is None or total <= cap:
        return [total]
    count = int((total / cap).to_integral_value(rounding=ROUND_CEILING))
    return STRATEGIES[strategy](total, cap, count, currency)


def _greedy(total: Decimal, cap: Decimal, count: int, currency: str) -> list[Decimal]:
    return [cap] * (count - 1) + [total - cap * (count - 1)]


def _balanced(total: Decimal, cap: Decimal, count: int, currency: str) -> list[Decimal]:
    return allocate(total, [Decimal(1)] * count, currency)


def _auto(total: Decimal, cap: Decimal, count: int, currency: str) -> list[Decimal]:
    greedy = _greedy(total, cap, count, currency)
    return greedy if greedy[-1] >= SILLY_TAIL else _balanced(total, cap, count, currency)


STRATEGIES: Mapping[str, Callable[[Decimal, Decimal, int, str], list[Decimal]]] = {
    "auto": _auto,
    "greedy": _greedy,
    "balanced": _balanced,
}


def gross_cap(
    cap: Decimal | None, basis: str, rate: Decimal, lines: int, currency: str = "CNY"
) -> Decimal | None:
    """The cap as a gross amount, for a document of at most `lines` lines at `rate`.

    With basis "net" each line may round up by half a minor unit, so the result is the largest gross whose net
    stays within the cap however it is cut into lines.
    """
    if cap is None or basis == "gross":
        return cap
    unit = minor_unit(currency)
    beyond = (cap + unit - lines * unit / 2) * (1 + rate)
    largest = (beyond / unit).to_integral_value(rounding=ROUND_CEILING) * unit - unit
    return max(unit, largest)


def cut(
    pieces: Sequence[tuple[T, Decimal]], shares: Sequence[Decimal]
) -> list[list[tuple[T, Decimal]]]:
    """Deal `pieces` out in order over `shares` of the same sum; a piece on a boundary is cut in two."""
    documents: list[list[tuple[T, Decimal]]] = []
    queue = iter(pieces)
    piece: tuple[T, Decimal] | None = None
    for share in shares:
        document: list[tuple[T, Decimal]] = []
        while share > 0:
            what, amount = piece or next(queue)
            part = min(amount, share)
            document.append((what, part))
            share -= part
            piece = (what, amount - part) if amount > part else None
        documents.append(document)
    return documents
