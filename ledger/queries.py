"""Reading the books: balances, statements, what is not billed or not settled yet."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.money import round_money
from ledger.habits import habits
from ledger.models import Bill, Entry, LedgerAccount, UsageRecord


def spending_order(customer: CustomerAccount) -> Sequence[str]:
    """The funds of this customer in the order they are spent, non-cash first."""
    return habits(customer.profile).spending_order


def fund_balances(customer: CustomerAccount) -> dict[str, Decimal]:
    """Balance per fund in the customer's currency; every fund is present."""
    stored = dict(
        LedgerAccount.objects.filter(
            customer=customer, currency=customer.currency, bucket__in=LedgerAccount.FUNDS
        ).values_list("bucket", "balance")
    )
    return {fund.value: stored.get(fund, Decimal("0.00")) for fund in LedgerAccount.FUNDS}


def cash_statement(
    customer: CustomerAccount, before: int | None = None, size: int = 20
) -> QuerySet[Entry]:
    """Entries of the cash balance, newest first; `before` is the version to continue below."""
    entries = Entry.objects.filter(
        account__customer=customer,
        account__bucket=LedgerAccount.Bucket.CASH,
        account__currency=customer.currency,
    )
    if before is not None:
        entries = entries.filter(version__lt=before)
    return entries.select_related("transfer").order_by("-version")[:size]


def unbilled_usage(customer: CustomerAccount) -> dict[str, Decimal]:
    """Usage that is on no bill yet, per month, rounded for show, in the customer's currency."""
    sums = (
        UsageRecord.objects.filter(customer=customer, bill_line=None)
        .values("period")
        .annotate(exact=Sum("amount"))
        .order_by("period")
    )
    return {row["period"]: round_money(row["exact"], customer.currency) for row in sums}


def unsettled_total(customer: CustomerAccount) -> Decimal:
    """What the customer owes: the sum of its unsettled bills."""
    bills = Bill.objects.filter(customer=customer, status=Bill.Status.UNSETTLED)
    return bills.aggregate(total=Sum("total"))["total"] or Decimal("0.00")
