"""The original of a paper invoice comes back: what a credit request waits for."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.services.customers.roles import require_staff
from finance_console.kernel.errors import DomainError
from invoicing.models import CreditRequest, Invoice, PaperReturn
from invoicing.services.crediting import rules
from invoicing.services.crediting.requests import CONFIRMATION, lock_invoice
from invoicing.services.transitions import move


@transaction.atomic
def receive_original(
    *,
    invoice: Invoice,
    forms: Collection[str],
    freight_collect: bool,
    actor: User | None,
    at: datetime,
) -> PaperReturn:
    """The original of a paper invoice arrived by mail, before or after the online request (K24).

    Before it, the customer is told that the request is missing. Twice is harmless. Raises
    `not_permitted`, `four_eyes`, `paper_only`, `freight_collect`, `forms_incomplete`, and
    `wrong_state` for an invoice that is not issued or is credited already.
    """
    invoice = lock_invoice(invoice.pk)
    if actor is not None:
        require_staff(actor, rules.DECIDE, invoice.application.customer)
    rules.check_forms(invoice, forms, freight_collect=freight_collect)
    request = invoice.credit_requests.filter(status__in=CreditRequest.OPEN).first()
    if invoice.status not in (*rules.CREDITABLE, Invoice.Status.CREDITING):
        raise DomainError("wrong_state", state=invoice.status_word)
    known = PaperReturn.objects.filter(invoice=invoice, request=request).first()
    if known is not None:
        return known
    arrived = PaperReturn.objects.create(
        invoice=invoice,
        request=request,
        forms=",".join(sorted(forms)),
        received_by=actor,
        received_at=at,
    )
    if request is None:
        _tell_of_return(arrived, at)
    elif request.status == CreditRequest.Status.AWAITING_ORIGINAL:
        if request.recorded:  # the 72 hours begin once it can be confirmed at all
            request.confirm_by = at + CONFIRMATION
        evidence = {
            "recorded": request.recorded,
            "certified": request.certified,
            "by_staff": rules.asked_by_staff(invoice, request.requested_by),
        }
        if rules.by_itself(invoice, request.amount, **evidence):
            request.decide_at = at
        request.decide_by = rules.promised_by(invoice, request.amount, at, **evidence)
        move(request, request.original_received, actor=actor, at=at)
    return arrived


def _tell_of_return(arrived: PaperReturn, at: datetime) -> None:
    invoice = arrived.invoice
    enqueue(
        customer=invoice.application.customer,
        topic="original_returned",
        about=f"{invoice.number}/{arrived.pk}",
        values={"invoice": invoice.number},
        at=at,
    )
