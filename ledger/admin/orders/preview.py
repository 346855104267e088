"""What a decision about an order would do, found out by doing it in a transaction that is undone.

What is invoiced lives above the ledger, which is given those figures (`ledger/ports/figures.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from finance_console.kernel.writing import money, signed
from ledger.models import LedgerAccount, Order
from ledger.ports.figures import Figure, Words, of_invoices
from ledger.queries.balances import fund_balances, withdrawable


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after."""

    before: Figure
    after: Figure

    @property
    def by(self) -> Decimal:
        return self.after.amount - self.before.amount

    @property
    def note(self) -> Words:
        """What it means that it changed; "" where that goes without saying."""
        return self.before.rises if self.by > 0 else self.before.falls if self.by < 0 else ""

    @property
    def cells(self) -> tuple[str, str, str]:
        """Before, difference and after, as the table shows them."""
        difference = signed(self.by) if self.by else ""
        return money(self.before.amount), difference, money(self.after.amount)


def money_of(order: Order, at: datetime) -> Sequence[Figure]:
    """The funds of whoever paid, and how much of the cash can leave the account."""
    payer, leaving = order.payer, withdrawable(order.payer)
    funds = [
        Figure(whose=payer.name, words=LedgerAccount.Bucket(fund).label, amount=amount)
        for fund, amount in fund_balances(payer).items()
    ]
    can_leave = Figure(
        whose=payer.name, words=_("Can be withdrawn"), amount=leaving.available, always=True
    )
    return [*funds, can_leave]


def _figures(order: Order, at: datetime) -> list[Figure]:
    return [*money_of(order, at), *of_invoices.given(order, at)]


def changes(order: Order, act: Callable[[], object], at: datetime) -> list[Change]:
    """Do `act` and say what it did. Raises what it raises."""
    before = _figures(order, at)
    act()
    after = _figures(order, at)
    pairs = map(Change, before, after)
    return [pair for pair in pairs if pair.by or pair.before.always]


def foretell(order: Order, act: Callable[[], object], at: datetime) -> list[Change]:
    """What `act` would do. Nothing of it stays. Raises what it raises."""
    with transaction.atomic():
        foretold = changes(order, act, at)
        transaction.set_rollback(True)
    return foretold


def token(foretold: Sequence[Change]) -> str:
    """What a person has seen of it: it travels through the form."""
    return " ".join(f"{change.by:.2f}" for change in foretold)
