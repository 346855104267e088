"""Shipping: paper invoices leave with a tracking number, and arrive (B45, B57, B58, SC-76). It is free."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from invoicing.models import Invoice
from invoicing.services.crediting.invoice_actions import ACTIONS, is_shipper
from invoicing.services.transitions import follow_invoices, lock_application, move

FEE = Decimal("0.00")
"""What sending costs the customer (B57)."""

TRACKING = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,39}")


def tracking_number(text: str) -> str:
    """The number without surrounding space. Raises `tracking_required`, `tracking_invalid`."""
    plain = text.strip()
    if not plain:
        raise DomainError("tracking_required")
    if not TRACKING.fullmatch(plain):
        raise DomainError("tracking_invalid")
    return plain


@transaction.atomic
def ship(*, invoice: Invoice, tracking: str, actor: User, at: datetime) -> Invoice:
    """A paper invoice is on its way; the customer gets one message with the tracking number.

    Shipping it again under the same number changes nothing. Raises `not_permitted`, `paper_only`,
    `wrong_state`, `four_eyes`, `tracking_required`, `tracking_invalid`.
    """
    locked = lock_invoice(invoice)
    known = locked.tracking_number
    if known and known == tracking.strip() and is_shipper(locked, actor):
        return locked
    return ship_locked(locked, tracking, actor, at)


def ship_locked(invoice: Invoice, tracking: str, actor: User, at: datetime) -> Invoice:
    """`ship` for an invoice that the caller has locked, after its customer."""
    ACTIONS.require("ship", invoice, actor, at)
    number = tracking_number(tracking)
    move(invoice, lambda: invoice.ship(tracking=number, at=at), actor=actor, at=at)
    follow_invoices(invoice.application_id, actor=actor, at=at)
    enqueue(
        customer=invoice.application.customer,
        topic="invoice_shipped",
        about=str(invoice.number),
        values={"number": invoice.number, "tracking": number},
        at=at,
    )
    return invoice


@transaction.atomic
def ship_many(*, tracking: Mapping[int, str], actor: User, at: datetime) -> int:
    """Ship the invoices (by id) under their tracking numbers: all of them or none. How many.

    Raises what `ship` raises.
    """
    owners = Invoice.objects.filter(pk__in=tracking).values_list("application__customer", flat=True)
    lock_customers(set(owners))
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.filter(pk__in=tracking).prefetch_related("application__customer").order_by("pk")
    return len([ship_locked(row, tracking[row.pk], actor, at) for row in rows])


@transaction.atomic
def receive(*, invoice: Invoice, actor: User, at: datetime) -> Invoice:
    """It has arrived, as the customer or the courier's proof says. Again changes nothing.

    Raises `not_permitted`, `paper_only`, `wrong_state`.
    """
    locked = lock_invoice(invoice)
    if locked.status == Invoice.Status.RECEIVED:
        return locked
    ACTIONS.require("receive", locked, actor, at)
    move(locked, lambda: locked.receive(at=at), actor=actor, at=at)
    return locked


def lock_invoice(invoice: Invoice) -> Invoice:
    """The invoice, locked after its customer and its application."""
    application = lock_application(invoice.application_id)
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",)).get(pk=invoice.pk)
    locked.application = application
    return locked
