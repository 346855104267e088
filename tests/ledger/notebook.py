"""What a child with a notebook writes down while money moves: the model of the random walk.

Plain numbers and lists, no database: cash, slips of other funds with their last moment, bills in
the order they came. It says what each step must do, and when a step must be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

ZERO = Decimal("0.00")
FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False)
class Slip:
    """Some of a fund that came in together, good until `ends` (exclusive)."""

    fund: str
    left: Decimal
    ends: datetime = FOR_EVER


@dataclass(eq=False)
class Paid:
    """How something was paid: `slips` that were used with what they gave, the rest in cash."""

    page: "Page"
    cash: Decimal
    slips: list[tuple[Slip, Decimal]]


@dataclass(eq=False)
class Page:
    """One account. `order`: its funds, first spent first; cash comes last."""

    order: Sequence[str]
    cash: Decimal = ZERO
    limit: Decimal = ZERO
    frozen: Decimal = ZERO
    slips: list[Slip] = field(default_factory=list)
    bills: list[Decimal] = field(default_factory=list)

    def fund(self, name: str) -> Decimal:
        """What the books must say that this fund has; what ended counts until it is swept up."""
        return sum((slip.left for slip in self.slips if slip.fund == name), ZERO)

    def free(self) -> Decimal:
        """Cash that may leave: never credit."""
        return max(self.cash, ZERO)

    def spendable(self, at: datetime) -> Decimal:
        good = (slip.left for slip in self.slips if slip.ends > at)
        return sum(good, ZERO) + self.cash + self.limit

    def pay(self, amount: Decimal, at: datetime) -> Paid:
        """Other funds in their order, what ends first before the rest; then cash."""
        assert amount <= self.spendable(at)
        used = []
        for fund in self.order:
            for slip in self._in_order(fund):
                part = min(slip.left, amount)
                if part and slip.ends > at:
                    slip.left -= part
                    amount -= part
                    used.append((slip, part))
        self.cash -= amount
        return Paid(self, amount, used)

    def settle(self, at: datetime) -> None:
        """Bills are paid whole, oldest first, until one does not fit."""
        while self.bills and self.bills[0] <= self.spendable(at):
            self.pay(self.bills.pop(0), at)

    def take(self, fund: str, amount: Decimal) -> None:
        """Staff take some of a fund away, what ends first before the rest."""
        for slip in self._in_order(fund):
            part = min(slip.left, amount)
            slip.left -= part
            amount -= part

    def sweep(self, at: datetime) -> None:
        """What has ended is gone."""
        for slip in self.slips:
            if slip.ends <= at:
                slip.left = ZERO

    def _in_order(self, fund: str) -> list[Slip]:
        mine = [slip for slip in self.slips if slip.fund == fund]
        return sorted(mine, key=lambda slip: slip.ends)  # stable: then the oldest first
