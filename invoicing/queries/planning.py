"""What the planner is given: open items as candidates, deficits as it sees them."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import CustomerAccount
from invoicing.domain.planning import Candidate, DeficitItem
from invoicing.models import (
    InvoiceableItem,
)


def available_items(
    customer: CustomerAccount, at: datetime, *others: CustomerAccount
) -> QuerySet[InvoiceableItem]:
    """Items with something open that may be invoiced at `at`, marketplace included, oldest first.

    Of `customer`, and of `others` that it invoices together with its own.
    """
    owners = (customer, *others)
    return (
        InvoiceableItem.objects.filter(customer__in=owners, net__gt=0, available_at__lte=at)
        .select_related("tax_category", "entity")
        .order_by("paid_at", "pk")
    )


def deficit_items(*customers: CustomerAccount) -> QuerySet[InvoiceableItem]:
    """Items invoiced for more than was consumed, oldest first (B31)."""
    return (
        InvoiceableItem.objects.filter(customer__in=customers, net__lt=0)
        .select_related("tax_category", "entity")
        .order_by("paid_at", "pk")
    )


def candidate(
    item: InvoiceableItem, *, at_most: Decimal | None = None, month: str | None = None
) -> Candidate:
    """The item, or a part of it, as the planner sees it; `month`: of the statement, if not its own."""
    return Candidate(
        item_id=item.pk,
        key=item.tax_key,
        amount=item.open if at_most is None else min(item.open, at_most),
        paid_at=item.paid_at,
        period=month or item.period,
        member_id=item.customer_id,
        marketplace=item.marketplace,
        media=item.entity.media,
    )


def deficits(*customers: CustomerAccount) -> list[DeficitItem]:
    """The deficits of these customers as the planner sees them."""
    return [as_deficit(item) for item in deficit_items(*customers)]


def as_deficit(item: InvoiceableItem) -> DeficitItem:
    """An overdrawn item as the planner sees it."""
    return DeficitItem(
        item_id=item.pk,
        key=item.tax_key,
        amount=item.deficit,
        occurred_at=item.paid_at,
        member_id=item.customer_id,
    )
