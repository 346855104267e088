"""Reading the books: balances, statements, what is not billed or not settled yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO, round_money
from ledger.models import Bill, Entry, Hold, LedgerAccount, Lot, UsageRecord
from ledger.ports.habits import habits_of


def spending_order(customer: CustomerAccount) -> Sequence[str]:
    """The funds of this customer in the order they are spent, non-cash first."""
    return habits_of(customer).spending_order


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
    account = LedgerAccount.objects.filter(
        customer=customer, bucket=LedgerAccount.Bucket.CASH, currency=customer.currency
    ).first()
    entries = Entry.objects.filter(account=account)  # one account: its index gives the order
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


HOLD_REASONS: dict[str, Promise] = {
    "deficit": _(
        "an invoiced purchase was refunded. Have that invoice credited, or keep consuming until new "
        "consumption of the same tax category offsets the refund"
    ),
}
"""Why the system holds money, in words; what staff hold has a reason in their own words."""


@dataclass(frozen=True, slots=True)
class WithdrawableLine:
    """One line of the explanation: a code, a signed amount, and for a hold the reason."""

    code: str
    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """What can be withdrawn now, in the customer's currency; `lines` sum to `available`.

    `cash` is the cash balance without credit, `held` the part of it that holds keep back.
    `pending` is frozen for withdrawals on their way and no longer part of `cash`.
    """

    cash: Decimal
    held: Decimal
    pending: Decimal
    available: Decimal
    lines: Sequence[WithdrawableLine]


def active_holds(customer: CustomerAccount) -> QuerySet[Hold]:
    """Holds in force, oldest first."""
    mine = Hold.objects.filter(customer=customer, currency=customer.currency, lifted_at=None)
    return mine.order_by("placed_at", "pk")


def hold_words(reason: str) -> str | Promise:
    """Why money is held, for the customer."""
    return HOLD_REASONS.get(reason, reason)


def withdrawable(customer: CustomerAccount) -> Withdrawable:
    """How much cash can leave the account now, explained (B38 to B40, C23, D11, SC-61, SC-62).

    Never credit, never other funds, not cash that is bound to a product or an entity, and not
    what is held. Reads two balances, the holds in force and the lots that are not used up.
    """
    balances = _cash_and_frozen(customer)
    cash = max(balances.get(LedgerAccount.Bucket.CASH, ZERO), ZERO)
    lines = [WithdrawableLine("cash", cash)]
    lots = Lot.objects.filter(
        customer=customer, fund="cash", currency=customer.currency, remaining__gt=0
    )
    scoped = lots.filter(Q(product__isnull=False) | Q(entity__isnull=False))
    bound = scoped.aggregate(sum=Sum("remaining", default=ZERO))["sum"]
    left = cash - bound
    if bound:
        lines.append(WithdrawableLine("bound", -bound))
    held = ZERO
    for hold in active_holds(customer):
        part = left if hold.amount is None else min(hold.amount, left)
        lines.append(WithdrawableLine("held", -part, hold.reason))
        left, held = left - part, held + part
    frozen = balances.get(LedgerAccount.Bucket.FROZEN, ZERO)
    return Withdrawable(cash=cash, held=held, pending=frozen, available=left, lines=lines)


def _cash_and_frozen(customer: CustomerAccount) -> dict[str, Decimal]:
    buckets = (LedgerAccount.Bucket.CASH, LedgerAccount.Bucket.FROZEN)
    rows = LedgerAccount.objects.filter(
        customer=customer, currency=customer.currency, bucket__in=buckets
    )
    return dict(rows.values_list("bucket", "balance"))
