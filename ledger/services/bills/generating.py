"""Bills: a month's usage becomes a bill on the 3rd, or each day's at midnight (C01)."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, Sum

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.calendar import month_of, next_month, open_month
from ledger.domain.billing import UsageSum, bill_lines
from ledger.models import Bill, UsageRecord
from ledger.ports.habits import habits, habits_of
from ledger.services.bills import daily
from ledger.services.bills.reminding import tell_unsettled
from ledger.services.bills.settling import carry, raise_bill, settle_bills, write_bill

__all__ = ["close_months", "next_close", "raise_bill", "settle_bills"]

CHUNK = 500
_EASTERNMOST = ZoneInfo("Pacific/Kiritimati")  # no customer's month is over sooner


def close_months(*, at: datetime, customer: CustomerAccount | None = None) -> int:
    """Bill all usage of months and days that are over, and settle what the balances cover.

    A month is over at 00:00 of the profile's bill day in the customer's time zone; where the
    profile settles daily, a day is over at the next local midnight. Works in
    chunks of customers, a transaction each; safe to run twice, in parallel, or late. Returns the
    number of bills made. `customer` limits it to one.
    """
    made, after = daily.close_days(at=at, customer=customer), 0
    while chunk := _customers_to_bill(at, after, customer):
        made += _close_chunk(chunk, at)
        after = chunk[-1]
    return made


def _customers_to_bill(at: datetime, after: int, only: CustomerAccount | None) -> list[int]:
    """Customers with unbilled usage of a month that may be over, by key, `CHUNK` at most."""
    usage = UsageRecord.objects.filter(bill_line=None, period__lt=month_of(at, _EASTERNMOST))
    if only:
        usage = usage.filter(customer=only)
    ids = (
        usage.filter(customer__gt=after)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    return list(ids.distinct()[:CHUNK])


@transaction.atomic
def _close_chunk(customer_ids: list[int], at: datetime) -> int:
    customers = lock_customers(customer_ids)
    sums = (
        UsageRecord.objects.filter(customer__in=customer_ids, bill_line=None)
        .values("customer_id", "period", "currency", "tax_category_id", "product_id")
        .annotate(exact=Sum("amount"))
        .order_by("customer_id", "period", "currency", "tax_category_id", "product_id")
    )
    due: dict[tuple[int, str, str], list[UsageSum]] = defaultdict(list)
    for row in sums:
        owner = customers[row["customer_id"]]
        rules = habits_of(owner)
        if rules.settlement == "monthly" and row["period"] < open_month(
            at, owner.tz, rules.bill_day
        ):
            due[owner.pk, row["period"], row["currency"]].append(
                UsageSum(
                    key_id=row["tax_category_id"], product_id=row["product_id"], exact=row["exact"]
                )
            )
    for (customer_id, period, currency), usage in due.items():
        owner = customers[customer_id]
        plan = bill_lines(usage, currency)
        write_bill(
            customer=owner,
            number=f"BILL-{period.replace('-', '')}-{owner.code}-{currency}",
            kind=Bill.Kind.MONTHLY,
            period=period,
            currency=currency,
            plan=plan,
            usage=UsageRecord.objects.filter(
                customer=owner, bill_line=None, period=period, currency=currency
            ),
            at=at,
        )
        later = max(next_month(period), month_of(at, owner.tz))
        carry(customer=owner, period=later, billed=period, currency=currency, plan=plan, at=at)
    for customer_id in sorted({key[0] for key in due}):
        settle_bills(customer=customers[customer_id], at=at)
    tell_unsettled(customer_ids, at)
    return len(due)


def next_close(after: datetime) -> datetime | None:
    """When the first month or day with unbilled usage is closed: past, or future; None without."""
    usage = UsageRecord.objects.filter(bill_line=None).values(
        "customer__time_zone", "customer__profile", "customer__profile_version"
    )
    moments = [
        rules.closes_at(row["period"], ZoneInfo(row["customer__time_zone"]))
        for row in usage.annotate(period=Min("period")).order_by("period")
        if (rules := habits(row["customer__profile"], row["customer__profile_version"])).settlement
        == "monthly"
    ]
    day = daily.next_close()
    return min([*moments, *([day] if day else [])], default=None)
