"""From exact usage to a bill in cents: one rounding per line, stated; credits used up where they belong.

Usage carries ten and more decimals. Within a bill a line is one product under one tax key. A negative line is a
credit: it lowers the positive lines of the same tax key, and what they cannot take moves to the next period.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from finance_console.kernel.money import ZERO, round_money

EXACT = Context(prec=80)  # usage has up to 30 decimals: more digits than Python keeps by itself
Key = tuple[int, int | None]
"""Tax key and product (None: a direct bill that names none): what one line is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSum:
    """The exact usage of one product under one tax key, negative for a credit."""

    key_id: int
    product_id: int | None
    exact: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBillLine:
    """`rounded = exact + rounding`. On a positive line `credit` (>= 0) is what credits pay of it.

    On a credit line `credit` equals `rounded` (<= 0), so that its `payable` is 0: its value went to other lines of
    its tax key, or is carried.
    """

    key_id: int
    product_id: int | None
    exact: Decimal
    rounded: Decimal
    rounding: Decimal
    credit: Decimal

    @property
    def payable(self) -> Decimal:
        """What the customer pays for this line, never negative."""
        return self.rounded - self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPlan:
    """`total` is the sum of the payable amounts. `carried` are credits (negative) for the next period.

    Nothing gets lost: the rounded lines sum to `total` plus what is carried.
    """

    lines: tuple[PlannedBillLine, ...]
    total: Decimal
    carried: tuple[tuple[int, int | None, Decimal], ...]


def bill_lines(sums: Iterable[UsageSum], currency: str = "CNY") -> BillPlan:
    """The bill for `sums`, whose order does not matter; sums of the same product and key are added before rounding.

    Rounding is half up to the minor unit of `currency`. Credits go to the largest line of their key first.
    """
    exact: dict[Key, Decimal] = defaultdict(Decimal)
    for usage in sums:
        key = usage.key_id, usage.product_id
        exact[key] = EXACT.add(exact[key], usage.exact)
    rounded = {key: round_money(exact[key], currency) for key in sorted(exact, key=_order)}
    credit, carried = _spread(rounded)
    lines = tuple(
        PlannedBillLine(
            key_id=key[0],
            product_id=key[1],
            exact=exact[key],
            rounded=amount,
            rounding=EXACT.subtract(amount, exact[key]),
            credit=credit[key],
        )
        for key, amount in rounded.items()
    )
    total = sum((line.payable for line in lines), ZERO)
    return BillPlan(lines=lines, total=total, carried=tuple(carried))


def _spread(
    rounded: dict[Key, Decimal],
) -> tuple[dict[Key, Decimal], list[tuple[int, int | None, Decimal]]]:
    """The credit on every line, and the credits that found no line."""
    credit = {key: min(amount, ZERO) for key, amount in rounded.items()}
    carried = []
    for (key_id, product_id), amount in rounded.items():
        if amount >= 0:
            continue
        owed = -amount
        for line in _largest_first(key_id, rounded):
            part = min(owed, rounded[line] - credit[line])
            credit[line] += part
            owed -= part
        if owed:
            carried.append((key_id, product_id, -owed))
    return credit, carried


def _largest_first(key_id: int, rounded: dict[Key, Decimal]) -> Sequence[Key]:
    positive = [line for line, amount in rounded.items() if line[0] == key_id and amount > 0]
    return sorted(positive, key=lambda line: (-rounded[line], _order(line)))


def _order(line: Key) -> tuple[int, int]:
    """By tax key, then product; a line without one comes first."""
    key_id, product_id = line
    return key_id, product_id or 0
