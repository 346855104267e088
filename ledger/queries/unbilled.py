"""Usage that is on no bill yet, and when its bill is made: by month, or by day where that is the habit."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Sum
from django.db.models.functions import TruncDate

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import local_time
from finance_console.kernel.money import ZERO, round_money
from ledger.models import Bill, UsageRecord
from ledger.ports.habits import habits_of
from ledger.queries.balances import unbilled_usage


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Usage of one `period` (a month) that is billed at `billed_at`; `amount` is rounded for show."""

    period: str
    amount: Decimal
    billed_at: datetime


def unbilled(customer: CustomerAccount) -> list[Unbilled]:
    """What the customer used that is on no bill, in its currency, by when it is billed (A18, C01).

    Monthly: 00:00 of the profile's bill day in the next month. Daily: the midnight after the day
    it was used on, or after the first day without a bill when it came late. Local to the customer.
    """
    rules = habits_of(customer)
    if rules.settlement == "daily":
        return _by_day(customer)
    return [
        Unbilled(month, amount, rules.closes_at(month, customer.tz))
        for month, amount in unbilled_usage(customer).items()
    ]


def _by_day(customer: CustomerAccount) -> list[Unbilled]:
    mine = UsageRecord.objects.filter(customer=customer, bill_line=None, currency=customer.currency)
    rows = (
        mine.annotate(day=TruncDate("used_at", tzinfo=customer.tz))
        .values("period", "day")
        .annotate(exact=Sum("amount"))
        .order_by("day", "period")
    )
    last = last_billed(customer).get(customer.currency)
    sums: dict[tuple[date, str], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        day = max(row["day"], last + DAY) if last else row["day"]
        sums[day, row["period"]] += row["exact"]
    return [
        Unbilled(
            period,
            round_money(exact, customer.currency),
            local_time(day + DAY, 0, customer.tz),
        )
        for (day, period), exact in sorted(sums.items())
    ]


DAY = timedelta(days=1)


def last_billed(customer: CustomerAccount) -> dict[str, date]:
    """The last day with a bill, per currency."""
    bills = Bill.objects.filter(customer=customer, kind=Bill.Kind.DAILY).order_by()
    return dict(bills.values_list("currency").annotate(last=Max("day")))
