"""Where a profile settles daily (C01): what was used on a local day is billed at the next midnight."""

from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.calendar import local_time, month_of
from ledger.domain.billing import UsageSum, bill_lines
from ledger.models import Bill, UsageRecord
from ledger.ports.habits import habits, profiles_in_use
from ledger.queries.unbilled import DAY, last_billed
from ledger.services.bills.reminding import tell_unsettled
from ledger.services.bills.settling import carry, settle_bills, write_bill

CHUNK = 500


def close_days(*, at: datetime, customer: CustomerAccount | None = None) -> int:
    """Bill the usage of local days that are over, a bill per day, and settle what is covered.

    Late usage joins the first day without a bill. Works in chunks of customers, a transaction
    each; safe to run twice, in parallel, or late. Returns the number of bills made.
    """
    made, after = 0, 0
    while chunk := _customers_to_bill(at, after, customer):
        made += _close_chunk(chunk, at)
        after = chunk[-1]
    return made


def _unbilled() -> QuerySet[UsageRecord]:
    """Usage on no bill, of customers whose profile settles daily."""
    daily = Q(pk__in=[])
    for code, version in profiles_in_use():
        if habits(code, version).settlement == "daily":
            daily |= Q(customer__profile=code, customer__profile_version=version)
    return UsageRecord.objects.filter(daily, bill_line=None)


def _customers_to_bill(at: datetime, after: int, only: CustomerAccount | None) -> list[int]:
    usage = _unbilled().filter(used_at__lt=at, customer__gt=after)
    if only:
        usage = usage.filter(customer=only)
    ids = usage.order_by("customer_id").values_list("customer_id", flat=True)
    return list(ids.distinct()[:CHUNK])


@transaction.atomic
def _close_chunk(customer_ids: list[int], at: datetime) -> int:
    made = 0
    for customer in lock_customers(customer_ids).values():
        made += _close_customer(customer, at)
        settle_bills(customer=customer, at=at)
    tell_unsettled(customer_ids, at)
    return made


def _close_customer(customer: CustomerAccount, at: datetime) -> int:
    today = at.astimezone(customer.tz).date()
    unbilled = UsageRecord.objects.filter(
        customer=customer, bill_line=None, used_at__lt=local_time(today, 0, customer.tz)
    )
    sums = (
        unbilled.annotate(day=TruncDate("used_at", tzinfo=customer.tz))
        .values("day", "currency", "tax_category_id", "product_id")
        .annotate(exact=Sum("amount"))
        .order_by()
    )
    last = last_billed(customer)
    due: dict[tuple[date, str], list[UsageSum]] = defaultdict(list)
    for row in sums:
        currency = row["currency"]
        day = max(row["day"], last[currency] + DAY) if currency in last else row["day"]
        if day < today:
            due[day, currency].append(
                UsageSum(
                    key_id=row["tax_category_id"], product_id=row["product_id"], exact=row["exact"]
                )
            )
    for (day, currency), usage in sorted(due.items()):
        plan = bill_lines(usage, currency)
        over = local_time(day + DAY, 0, customer.tz)
        write_bill(
            customer=customer,
            number=f"BILL-{day:%Y%m%d}-{customer.code}-{currency}",
            kind=Bill.Kind.DAILY,
            period=f"{day:%Y-%m}",
            day=day,
            currency=currency,
            plan=plan,
            usage=unbilled.filter(currency=currency, used_at__lt=over),
            at=at,
        )
        carry(
            customer=customer,
            period=month_of(at, customer.tz),
            billed=f"{day}",
            currency=currency,
            plan=plan,
            at=at,
        )
    return len(due)


def next_close() -> datetime | None:
    """The midnight at which the first day with unbilled usage is billed: past or future."""
    usage = _unbilled()
    rows = usage.values("customer", "currency", "customer__time_zone").annotate(
        first=Min("used_at")
    )
    bills = Bill.objects.filter(kind=Bill.Kind.DAILY, customer__in=usage.values("customer"))
    last = bills.values("customer", "currency").annotate(last=Max("day")).order_by()
    billed = {(row["customer"], row["currency"]): row["last"] for row in last}
    moments = []
    for row in rows.order_by():
        tz = ZoneInfo(row["customer__time_zone"])
        day = row["first"].astimezone(tz).date()
        if before := billed.get((row["customer"], row["currency"])):
            day = max(day, before + DAY)
        moments.append(local_time(day + DAY, 0, tz))
    return min(moments, default=None)
