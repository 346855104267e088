"""Copies of lost invoices: asked for by ticket with a loss certificate, granted by staff (B63)."""

from datetime import datetime

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import Ticket, UploadedFile, User
from accounts.services import tickets
from accounts.services.customers.locking import lock_again
from accounts.services.customers.roles import require_staff
from finance_console.kernel.errors import DomainError
from invoicing.models import Invoice, InvoiceCopy
from invoicing.queries.invoiceable import invoices_of

COPIED = (Invoice.Status.ISSUED, Invoice.Status.SHIPPED, Invoice.Status.RECEIVED)


def certificates(ticket: Ticket) -> list[UploadedFile]:
    """The files the customer added to the ticket, newest first: one of them is the certificate."""
    written = ticket.messages.filter(from_staff=False)
    files = UploadedFile.objects.filter(pk__in=written.values("files")).order_by("-pk")
    return list(files)


@transaction.atomic
def grant_copy(
    *, ticket: Ticket, number: str, certificate_id: int, by: User, at: datetime
) -> InvoiceCopy:
    """Let the customer download a copy of its invoice `number`, marked COPY; the original stays as it is.

    Granted already on this ticket: that one is returned. Raises `not_permitted`, `four_eyes`,
    `materials_missing` (no such file of the customer on the ticket, SC-111), `not_found` (not an
    invoice of this customer), `wrong_state` (not issued, credited, or the ticket is closed).
    """
    ticket = lock_again(ticket)
    require_staff(by, tickets.PERMISSION, ticket.customer)
    granted = InvoiceCopy.objects.filter(ticket=ticket).first()
    if granted:
        return granted
    certificate = next((f for f in certificates(ticket) if f.pk == certificate_id), None)
    if certificate is None:
        raise DomainError("materials_missing")
    invoice = invoices_of(ticket.customer).filter(number=number.strip()).first()
    if invoice is None:
        raise DomainError("not_found")
    if invoice.status not in COPIED:
        raise DomainError("wrong_state", state=invoice.status_word)
    tickets.hand_to_customer(ticket, at=at)
    copy = InvoiceCopy.objects.create(
        invoice=invoice, ticket=ticket, certificate=certificate, granted_by=by, granted_at=at
    )
    enqueue(
        customer=ticket.customer,
        topic="copy_granted",
        about=ticket.number,
        values={"invoice": invoice.number, "ticket": ticket.number},
        at=at,
    )
    return copy
