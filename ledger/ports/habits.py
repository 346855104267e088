"""What the ledger asks of a policy profile: how money is spent, when bills are made and due.

Profiles live above the ledger, in invoicing, which provides them: the ledger never imports upward.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import first_day, local_time, next_month
from finance_console.kernel.ports import Port


@dataclass(frozen=True, slots=True)
class Habits:
    """`spending_order`: funds, first spent first. `bill_day`: a month is closed at 00:00 of this
    day of the next month, in the customer's time zone (A18, K05). `settlement`: "monthly", or
    "daily": each local day is billed at the next midnight (C01). `overdue_days`: an unsettled bill
    is overdue that many times 24 hours after it was generated. `payer_invoices`: what this account
    pays for another one is its own to invoice, not the other's (C28)."""

    spending_order: tuple[str, ...] = ("voucher", "coupon", "rebate", "gift", "cash")
    bill_day: int = 3
    settlement: str = "monthly"
    overdue_days: int = 7
    payer_invoices: bool = True

    def closes_at(self, month: str, tz: ZoneInfo) -> datetime:
        """When `month` is closed, where bills are monthly."""
        return local_time(first_day(next_month(month)).replace(day=self.bill_day), 0, tz)


of_profile: Port[Callable[[str, int], Habits]] = Port("which habits a profile has")


def habits(profile: str, version: int) -> Habits:
    """The habits of the profile with this code and version."""
    return of_profile.given(profile, version)


def habits_of(customer: CustomerAccount) -> Habits:
    """The habits in force for this customer."""
    return habits(customer.profile, customer.profile_version)


def profiles_in_use() -> list[tuple[str, int]]:
    """Code and version of every profile that a customer has."""
    rows = CustomerAccount.objects.order_by("profile", "profile_version")
    return list(rows.values_list("profile", "profile_version").distinct())
