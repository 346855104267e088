"""What the console lists of the books: orders, bills, consumption per month."""

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import local_time, month_start, previous_month
from finance_console.kernel.money import ZERO
from ledger.models import Bill, Charge, Order, UsageRecord


def orders_of(customer: CustomerAccount) -> QuerySet[Order]:
    """Orders the customer uses or paid for, with seller and payment loaded."""
    mine = Order.objects.filter(Q(customer=customer) | Q(payer=customer))
    return mine.select_related("tax_category__entity", "charge", "customer", "payer")


def find_orders(customer: CustomerAccount, text: str) -> QuerySet[Order]:
    """Orders of `orders_of` whose order or contract number contains `text` ("" finds all)."""
    orders = orders_of(customer)
    if text:
        orders = orders.filter(Q(number__icontains=text) | Q(contract_number__icontains=text))
    return orders


def bills_of(customer: CustomerAccount) -> QuerySet[Bill]:
    """The customer's bills: the only door to them for a customer."""
    return Bill.objects.filter(customer=customer)


def months_until(month: str, count: int) -> list[str]:
    """The `count` months that end with `month`, oldest first."""
    months = [month]
    while len(months) < count:
        months.append(previous_month(months[-1]))
    return months[::-1]


def cash_by_month(
    customer: CustomerAccount, months: list[str]
) -> dict[str, tuple[Decimal, Decimal]]:
    """Consumption paid in cash, per month: (prepaid, postpaid), every month present."""
    paid = Charge.objects.filter(customer=customer, period__in=months)
    sums = (
        paid.exclude(order__status=Order.Status.FAILED)
        .values("period")
        .annotate(
            prepaid=Sum("cash", filter=Q(bill_line=None), default=ZERO),
            postpaid=Sum("cash", filter=Q(order=None), default=ZERO),
        )
    )
    by_month = {row["period"]: (row["prepaid"], row["postpaid"]) for row in sums.order_by("period")}
    return {month: by_month.get(month, (ZERO, ZERO)) for month in months}


def late_months(bill: Bill) -> dict[str, Decimal]:
    """Usage on the bill that was used before its period, per month of use: it came in late.

    Exact amounts; the period of a daily bill is its day.
    """
    tz = bill.customer.tz
    began = local_time(bill.day, 0, tz) if bill.day else month_start(bill.period, tz)
    late = UsageRecord.objects.filter(bill_line__bill=bill, used_at__lt=began)
    sums = late.annotate(month=TruncMonth("used_at", tzinfo=tz)).values("month")
    rows = sums.annotate(exact=Sum("amount")).order_by("month")
    return {f"{row['month']:%Y-%m}": row["exact"] for row in rows}
