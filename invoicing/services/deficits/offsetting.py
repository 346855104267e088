"""Offsets: deficits paired with new consumption of the same key (B40, B41, A56)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.money import ZERO
from invoicing.domain.offsetting import match
from invoicing.domain.plan import OffsetPair
from invoicing.models import InvoiceableItem, Offset
from invoicing.queries.planning import available_items, candidate, deficits
from invoicing.queries.policies import policy_of
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.telling import tell_offsets
from invoicing.services.items.amounts import move_amounts, summed


def offset_eagerly(*, customer_ids: Iterable[int], at: datetime) -> Decimal:
    """Where the profile offsets as consumption arrives, do it now (C25, SC-58). Returns the sum.

    A payer's recharge may make consumption available that belongs to somebody else: waiting for that
    lock could be out of order. So a customer that somebody is at work on is left out; the sweep
    `offset_deficits` comes back to it.
    """
    owing = InvoiceableItem.objects.filter(customer__in=set(customer_ids), net__lt=0)
    total = ZERO
    for customer_id in sorted(set(owing.values_list("customer_id", flat=True))):
        total += _offset_if_eager(customer_id, at)
    return total


@transaction.atomic
def _offset_if_eager(customer_id: int, at: datetime) -> Decimal:
    free = CustomerAccount.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    customer = free.filter(pk=customer_id).first()
    if customer is None or policy_of(customer).offset_timing != "eager":
        return ZERO
    return _offset(customer, at)


@transaction.atomic
def offset_now(*, customer: CustomerAccount, at: datetime) -> Decimal:
    """Offset the customer's deficits with what is open now, under any profile (D07). Returns the sum.

    Raises `account_closed`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    return _offset(customer, at)


def _offset(customer: CustomerAccount, at: datetime) -> Decimal:
    """Pair what matches, under the customer's lock."""
    own = available_items(customer, at).filter(marketplace=False)
    offset_key = policy_of(customer).offset_key
    pairs = match(deficits(customer), [candidate(item) for item in own], offset_key)
    write_offsets(pairs=[(pair, None) for pair in pairs], at=at)
    follow_deficits(customer_ids=[customer.pk], at=at)
    return sum((pair.amount for pair in pairs), ZERO)


def write_offsets(*, pairs: Sequence[tuple[OffsetPair, int | None]], at: datetime) -> None:
    """Record pairs, each with the id of the application it was made for, and move their amounts.

    Runs in the caller's transaction, under the locks of the items' customers.
    """
    move_amounts(
        {
            "offset_given": summed((pair.item_id, pair.amount) for pair, _ in pairs),
            "offset_received": summed((pair.deficit_id, pair.amount) for pair, _ in pairs),
        }
    )
    made = Offset.objects.bulk_create(
        Offset(
            deficit_item_id=pair.deficit_id,
            item_id=pair.item_id,
            amount=pair.amount,
            application_id=application_id,
            made_at=at,
        )
        for pair, application_id in pairs
    )
    tell_offsets(parts=[(row, row.amount) for row in made], topic="offset_made", at=at)


def customers_with_deficit() -> list[int]:
    """Customers that have a deficit, by id."""
    rows = InvoiceableItem.objects.filter(net__lt=0).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True).distinct())
