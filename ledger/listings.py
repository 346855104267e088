"""What the console lists of the books: orders, bills, consumption per month."""

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import previous_month
from finance_console.kernel.money import ZERO
from ledger.models import Bill, Charge, Order


def orders_of(customer: CustomerAccount) -> QuerySet[Order]:
    """Orders the customer uses or paid for, with seller and payment loaded."""
    mine = Order.objects.filter(Q(customer=customer) | Q(payer=customer))
    return mine.select_related("tax_category__entity", "charge", "customer", "payer")


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
    found = {row["period"]: (row["prepaid"], row["postpaid"]) for row in sums.order_by("period")}
    return {month: found.get(month, (ZERO, ZERO)) for month in months}
