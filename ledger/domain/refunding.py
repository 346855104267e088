"""What goes back when a prepaid service is given up: the cash of the days that were not used."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, round_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The days a price was paid for, first and last day included."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    def unused_days(self, on: date) -> int:
        """Days left when the service is given up on `on`, which itself counts as used.

        All of them before the first day. Raises `term_over` after the last.
        """
        if on > self.ends_on:
            raise DomainError("term_over", ends_on=f"{self.ends_on:%Y-%m-%d}")
        return self.days if on < self.starts_on else (self.ends_on - on).days


def remaining_refund(
    term: Term, on: date, *, cash: Decimal, refunded: Decimal, currency: str = "CNY"
) -> Decimal:
    """The cash that goes back when a service paid with `cash` is given up on the local day `on`.

    `cash` times unused days over the days of the term, rounded half up, less what went back before
    (`refunded`); never negative, never more than `cash - refunded`. Raises `term_over`.
    """
    share = round_money(cash * term.unused_days(on) / term.days, currency)
    return max(share - refunded, ZERO)
