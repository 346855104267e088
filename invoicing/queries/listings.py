"""What the console lists: items to choose from, months, applications with their counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Prefetch, Q, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.doors.paging import SIZE, Page, cut
from finance_console.kernel.money import ZERO
from invoicing.models import (
    Claim,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    InvoiceFile,
    InvoiceLine,
    StatusChange,
)
from ledger.models import InvoicingEntity, Order

Owners = Sequence[CustomerAccount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """How the list of items is narrowed; empty means all. Months are "YYYY-MM", inclusive.

    `text`: number of an order, bill or contract, or a product. `content`: what the invoice says.
    `sign`: "positive" for what can be invoiced, "negative" for what was refunded after it was.
    """

    text: str = ""
    product: str = ""
    content: str = ""
    sign: str = ""
    entity: int | None = None
    first: str = ""
    last: str = ""

    @property
    def is_on(self) -> bool:
        """Whether it narrows anything."""
        return self != Filter()


def _wanted(owners: Owners, wanted: Filter) -> QuerySet[InvoiceableItem]:
    items = InvoiceableItem.objects.filter(customer__in=owners)
    items = items.filter(net__lt=0) if wanted.sign == "negative" else items.filter(net__gt=0)
    if wanted.text:
        items = items.filter(
            Q(source__icontains=wanted.text)
            | Q(description__icontains=wanted.text)
            | Q(charge__order__contract_number__icontains=wanted.text)
        )
    if wanted.product:
        named = Q(charge__product__name__icontains=wanted.product)
        items = items.filter(named | Q(description__icontains=wanted.product))
    if wanted.content:
        items = items.filter(tax_category__content__icontains=wanted.content)
    if wanted.entity:
        items = items.filter(entity=wanted.entity)
    if wanted.first:
        items = items.filter(period__gte=wanted.first)
    if wanted.last:
        items = items.filter(period__lte=wanted.last)
    return items


def open_sources(
    owners: Owners, wanted: Filter, before: int | None
) -> tuple[Page[Any], dict[str, list[InvoiceableItem]]]:
    """Orders and bills of these accounts with something open, newest first, and their items by number.

    Waiting and marketplace ones are among them: the page shows them with the reason. Those that
    were refunded after they were invoiced are a list of their own (`sign` "negative").
    """
    sources = _wanted(owners, wanted).values("source").annotate(last=Max("pk"))
    if before is not None:
        sources = sources.filter(last__lt=before)
    shown = cut(list(sources.order_by("-last")[: SIZE + 1]), key="last", is_first=before is None)
    numbers = [str(row["source"]) for row in shown.rows]
    items: dict[str, list[InvoiceableItem]] = {number: [] for number in numbers}
    for item in (
        InvoiceableItem.objects.filter(customer__in=owners, source__in=numbers)
        .select_related("tax_category", "entity", "customer", "charge__product")
        .order_by("pk")
    ):
        items[item.source].append(item)
    return shown, items


def sellers(owners: Owners) -> QuerySet[InvoicingEntity]:
    """The companies these accounts have something to invoice from."""
    return InvoicingEntity.objects.filter(
        pk__in=InvoiceableItem.objects.filter(customer__in=owners, net__gt=0).values("entity")
    ).order_by("name")


def applications(customer: CustomerAccount) -> QuerySet[InvoiceApplication]:
    """The customer's applications with what their status line needs; they know their customer without asking."""
    return customer.applications.prefetch_related("invoices__files")


def application_detail(customer: CustomerAccount, application_id: int) -> InvoiceApplication | None:
    """One application of the customer with invoices, lines, claims and history; None for others'."""
    lines = InvoiceLine.objects.order_by("position")
    claims = Claim.objects.select_related("item__customer", "item__entity", "item__charge__product")
    invoices = Invoice.objects.select_related("entity").order_by("position")
    return (
        applications(customer)
        .select_related("submitted_by")
        .prefetch_related(None)
        .prefetch_related(
            Prefetch("invoices", queryset=invoices),
            Prefetch("invoices__lines", queryset=lines),
            Prefetch("invoices__lines__claims", queryset=claims),
            "invoices__files",
            "invoices__copies",
            Prefetch("invoices__credit_notes__files", queryset=InvoiceFile.objects.order_by("pk")),
            "invoices__credit_requests",
            "invoices__returns",
            Prefetch(
                "changes", queryset=StatusChange.objects.order_by("pk").select_related("actor")
            ),
        )
        .filter(pk=application_id)
        .first()
    )


def asked_by_parent(customer: CustomerAccount) -> QuerySet[InvoiceApplication]:
    """What the managing account asked for of this customer's consumption, newest first (A40).

    `mine`: how much of it was this customer's.
    """
    claimed = Sum(
        "invoices__lines__claims__amount",
        filter=Q(invoices__lines__claims__item__customer=customer),
        default=ZERO,
    )
    asked = InvoiceApplication.objects.filter(
        customer=customer.parent_id, members__contains=[customer.pk]
    )
    return (
        asked.select_related("customer")
        .annotate(mine=claimed)
        .prefetch_related("invoices")
        .order_by("-pk")
    )


def covered(application: InvoiceApplication) -> Sequence[tuple[CustomerAccount, Decimal]]:
    """The members whose consumption it covers, and how much of each (A40); empty without members.

    One that offsets all it has open is covered with 0.00.
    """
    if not application.members:
        return []
    claims = Claim.objects.filter(line__invoice__application=application).order_by()
    sums = dict(claims.values_list("item__customer").annotate(sum=Sum("amount")))
    accounts = CustomerAccount.objects.filter(pk__in=application.members).order_by("name", "pk")
    return [(account, sums.get(account.pk, ZERO)) for account in accounts]


def invoicing_payers(customer: CustomerAccount) -> Sequence[str]:
    """The names of those who paid for this customer's orders and may invoice that themselves (C28)."""
    orders = Order.objects.filter(~Q(payer=F("customer")), customer=customer)
    theirs = InvoiceableItem.objects.filter(charge__order__in=orders, cash__gt=F("refunded"))
    names = theirs.exclude(customer=customer).order_by("customer__name")
    return list(names.values_list("customer__name", flat=True).distinct())


def claimed_sources(application: InvoiceApplication) -> Sequence[tuple[str, str]]:
    """Number and month of the orders and bills an application was made of, oldest first."""
    claims = Claim.objects.filter(line__invoice__application=application)
    rows = claims.values_list("item__source", "item__period").distinct()
    return list(rows.order_by("item__period", "item__source"))
