"""Reading what can be invoiced and why, and what a person may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import first_day, local_time, next_month
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Candidate, DeficitItem
from invoicing.models import Invoice, InvoiceableItem, InvoiceApplication
from ledger.habits import habits
from ledger.models import Charge, Order
from ledger.queries import unbilled_usage, unsettled_total


@dataclass(frozen=True, slots=True)
class KeyAmounts:
    """Open and deficit under one tax key."""

    category_id: int
    content: str
    entity: str
    open: Decimal
    deficit: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """Paid or metered, but not invoiceable yet (or never, here): how much, why, from when."""

    reason: str
    amount: Decimal
    available_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation: a code the doors translate, and a signed amount."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoiceable:
    """The invoiceable amount of a customer at an instant, in its currency, explained.

    `explanation` sums to `open - deficit` to the cent (B08, A36); `waiting` says what is not in it.
    """

    open: Decimal
    deficit: Decimal
    marketplace_open: Decimal
    by_key: Sequence[KeyAmounts]
    waiting: Sequence[Waiting]
    explanation: Sequence[Line]

    @property
    def available(self) -> Decimal:
        """What the customer may count on: open less deficit, negative when more was refunded."""
        return self.open - self.deficit


def available_items(customer: CustomerAccount, at: datetime) -> QuerySet[InvoiceableItem]:
    """Items with something open that may be invoiced at `at`, marketplace included, oldest first."""
    return (
        InvoiceableItem.objects.filter(customer=customer, net__gt=0, available_at__lte=at)
        .select_related("tax_category", "entity")
        .order_by("paid_at", "pk")
    )


def deficit_items(customer: CustomerAccount) -> QuerySet[InvoiceableItem]:
    """Items invoiced for more than was consumed, oldest first (B31)."""
    return (
        InvoiceableItem.objects.filter(customer=customer, net__lt=0)
        .select_related("tax_category", "entity")
        .order_by("paid_at", "pk")
    )


def candidate(item: InvoiceableItem) -> Candidate:
    """The item as the planner sees it."""
    return Candidate(
        item_id=item.pk,
        key=item.tax_key,
        amount=item.open,
        paid_at=item.paid_at,
        period=item.period,
    )


def deficits(customer: CustomerAccount) -> list[DeficitItem]:
    """The customer's deficits as the planner sees them."""
    return [
        DeficitItem(
            item_id=item.pk, key=item.tax_key, amount=item.deficit, occurred_at=item.paid_at
        )
        for item in deficit_items(customer)
    ]


def invoiceable(customer: CustomerAccount, at: datetime) -> Invoiceable:
    """How much can be invoiced at `at`, by tax key, with the explanation and what waits."""
    open_items = list(available_items(customer, at))
    lacking = list(deficit_items(customer))
    own = [item for item in open_items if not item.marketplace]
    keys: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    named = {}
    for item in [*own, *lacking]:
        named[item.tax_category_id] = item
        keys[item.tax_category_id][0] += item.open
        keys[item.tax_category_id][1] += item.deficit
    return Invoiceable(
        open=sum((item.open for item in own), ZERO),
        deficit=sum((item.deficit for item in lacking), ZERO),
        marketplace_open=sum((item.open for item in open_items if item.marketplace), ZERO),
        by_key=[
            KeyAmounts(key, named[key].tax_category.content, named[key].entity.name, *amounts)
            for key, amounts in sorted(keys.items())
        ],
        waiting=waiting(customer, at),
        explanation=explanation(customer, at),
    )


def explanation(customer: CustomerAccount, at: datetime) -> list[Line]:
    """The sum behind the amount, over all items that are available or overdrawn (B08)."""
    counted = InvoiceableItem.objects.filter(customer=customer).filter(
        Q(available_at__lte=at, marketplace=False) | Q(net__lt=0)
    )
    sums = counted.aggregate(
        prepaid_cash=Sum("cash", filter=Q(mode="prepaid"), default=ZERO),
        postpaid_cash=Sum("cash", filter=Q(mode="postpaid"), default=ZERO),
        refunded=-Sum("refunded", default=ZERO),
        invoiced=-Sum("invoiced", default=ZERO),
        in_progress=-Sum("reserved", default=ZERO),
        offset=Sum(F("offset_received") - F("offset_given"), default=ZERO),
    )
    always = ("prepaid_cash", "postpaid_cash", "invoiced", "in_progress")
    return [Line(code, amount) for code, amount in sums.items() if amount or code in always]


def waiting(customer: CustomerAccount, at: datetime) -> list[Waiting]:
    """What was consumed but cannot be invoiced at `at`: reasons with amounts and dates."""
    later = (
        InvoiceableItem.objects.filter(customer=customer, net__gt=0)
        .filter(Q(available_at=None) | Q(available_at__gt=at))
        .values("waiting_reason", "available_at")
        .annotate(amount=Sum("net"))
        .order_by("available_at", "waiting_reason")
    )
    rows = [Waiting(row["waiting_reason"], row["amount"], row["available_at"]) for row in later]
    bill_day = habits(customer.profile).bill_day
    for month, amount in unbilled_usage(customer).items():
        day = first_day(next_month(month)).replace(day=bill_day)
        rows.append(Waiting("bill_not_generated", amount, local_time(day, 0, customer.tz)))
    if owed := unsettled_total(customer):
        rows.append(Waiting("bill_not_settled", owed, None))
    if other := _paid_with_other_funds(customer):
        rows.append(Waiting("not_invoiceable_fund", other, None))
    return [row for row in rows if row.amount]


def _paid_with_other_funds(customer: CustomerAccount) -> Decimal:
    paid = Charge.objects.filter(customer=customer).exclude(order__status=Order.Status.FAILED)
    return paid.aggregate(other=Sum(F("amount") - F("cash"), default=ZERO))["other"]


def applications_of(customer: CustomerAccount) -> QuerySet[InvoiceApplication]:
    """The customer's applications, newest first."""
    return InvoiceApplication.objects.filter(customer=customer).order_by("-pk")


def invoices_of(customer: CustomerAccount) -> QuerySet[Invoice]:
    """The customer's invoices, newest first: the only door to them for a customer."""
    return (
        Invoice.objects.filter(application__customer=customer)
        .select_related("application", "entity")
        .order_by("-pk")
    )
