"""Credit requests: asked for, decided, lapsed. Deciding writes the credit note."""

import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.ports.paper import for_paper
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.texts import tidy
from finance_console.kernel.writing import in_currency
from invoicing.channels import IssuingChannel
from invoicing.models import CreditNote, CreditRequest, Invoice, InvoiceApplication, PaperReturn
from invoicing.services.crediting import rules
from invoicing.services.crediting.notes import kept, write_credit_note
from invoicing.services.transitions import move, record_creation

Status = CreditRequest.Status
CONFIRMATION = timedelta(hours=72)
RETRY = timedelta(minutes=10)
BATCH = 200
log = structlog.get_logger(__name__)


@transaction.atomic
def request_credit(
    *,
    invoice: Invoice,
    reason: str,
    actor: User | None,
    at: datetime,
    idempotency_key: str,
    amount: Decimal | None = None,
    note: str = "",
    form_number: str = "",
    recorded: bool = False,
    certified: bool = False,
) -> CreditRequest:
    """Ask to have `amount` (tax-inclusive; None: all that is left) of an issued invoice credited.

    `note`: why, in the customer's words (K23). Staff who decide on credits may ask for the customer (B17):
    the customer is told, and a second person decides.

    Paper waits until its original is back; it may have come before. Idempotent by key: another
    request under it raises `reference_conflict`. Raises `not_permitted` and what
    `rules.check_creditable`, `check_terms`, `require_unused` (B22, A49, K23) and `for_paper` raise.
    """
    form_number, note = rules.written_number(for_paper(form_number)), tidy(note)
    invoice = lock_invoice(invoice.pk)
    rules.check_requester(invoice, actor)
    asked = [invoice.pk, reason, str(amount), form_number, recorded, certified, note]
    fingerprint = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    customer = invoice.application.customer
    earlier = CreditRequest.objects.filter(customer=customer, idempotency_key=idempotency_key)
    if existing := earlier.first():
        if existing.fingerprint != fingerprint:
            raise DomainError("reference_conflict", reference=idempotency_key)
        return existing
    rules.check_creditable(invoice)
    amount = rules.left_to_credit(invoice) if amount is None else amount
    rules.check_terms(
        invoice,
        reason=reason,
        amount=amount,
        form_number=form_number,
        recorded=recorded,
        certified=certified,
    )
    rules.require_unused(form_number)
    return _write_request(
        invoice,
        actor,
        at,
        reason=reason,
        note=note,
        amount=amount,
        form_number=form_number,
        recorded=recorded,
        certified=certified,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
    )


def _write_request(
    invoice: Invoice, actor: User | None, at: datetime, **fields: Any
) -> CreditRequest:
    original = PaperReturn.objects.filter(invoice=invoice, request=None).first()
    waits = invoice.medium == InvoiceApplication.Medium.PAPER and original is None
    by_staff = rules.asked_by_staff(invoice, actor)
    evidence = {name: fields[name] for name in ("recorded", "certified")} | {"by_staff": by_staff}
    alone = rules.by_itself(invoice, fields["amount"], **evidence)
    promised = rules.promised_by(invoice, fields["amount"], at, **evidence)
    request = CreditRequest.objects.create(
        invoice=invoice,
        customer=invoice.application.customer,
        status=Status.AWAITING_ORIGINAL if waits else Status.CREDITING,
        decide_at=at if alone and not waits else None,
        decide_by=None if waits else promised,
        confirm_by=at + CONFIRMATION if fields["recorded"] and not waits else None,
        requested_by=actor,
        requested_at=at,
        **fields,
    )
    if original is not None:
        original.request = request
        original.save(update_fields=["request"])
    record_creation(request, actor=actor, at=at)
    move(invoice, invoice.request_credit, actor=actor, at=at)
    if by_staff:
        _tell(request, "credit_asked_for_you", at)
    return request


@transaction.atomic
def approve_credit(
    *,
    request: CreditRequest,
    reviewer: User | None,
    at: datetime,
    channel: IssuingChannel | None = None,
) -> CreditNote:
    """Issue the credit note: for a booked invoice this is the moment the other side has confirmed.

    Approving again returns the note there is. Raises `not_permitted`, `four_eyes`, and
    `wrong_state` while the original is missing and after it ended otherwise.
    """
    request = lock_request(request.pk)
    rules.check_decider(request, reviewer)
    if request.status == Status.CREDITED:
        return request.credit_note
    rules.check_confirmable(request, at)
    return write_credit_note(
        request=request, invoice=request.invoice, by=reviewer, at=at, channel=channel
    )


@transaction.atomic
def refuse_credit(
    *, request: CreditRequest, reviewer: User, reason: str, at: datetime
) -> CreditRequest:
    """Say no, with a reason; the invoice is where it was and no amount moved (SC-82).

    Raises `reason_required`, `not_permitted`, `four_eyes`, `wrong_state`.
    """
    request = lock_request(request.pk)
    rules.check_decider(request, reviewer)
    if not reason.strip():
        raise DomainError("reason_required")
    move(
        request,
        lambda: request.refuse(by=reviewer, at=at, refusal=reason),
        actor=reviewer,
        at=at,
        reason=reason,
    )
    _put_back(request, reviewer, at)
    _tell(request, "credit_refused", at, reason=reason)
    return request


@transaction.atomic
def cancel_credit(*, request: CreditRequest, actor: User, at: datetime) -> CreditRequest:
    """The customer takes the request back. Raises `not_permitted`, `wrong_state`."""
    request = lock_request(request.pk)
    rules.check_asker(request.invoice, actor)
    move(request, lambda: request.cancel(at=at), actor=actor, at=at)
    _put_back(request, actor, at)
    return request


def decide_credits(*, at: datetime) -> int:
    """Credit what needs no person (D22). Returns how many; each in a transaction of its own.

    What the channel refuses now is tried again after `RETRY`; late, somebody hears of it.
    """
    due = CreditRequest.objects.filter(status=Status.CREDITING, decide_at__lte=at)
    done = 0
    for request in due.order_by("decide_at", "pk")[:BATCH]:
        try:
            approve_credit(request=request, reviewer=None, at=at)
        except DomainError as error:
            log.warning("credit_postponed", request=request.pk, code=error.code)
            still = CreditRequest.objects.filter(pk=request.pk, status=Status.CREDITING)
            still.update(decide_at=at + RETRY)
            continue
        done += 1
    return done


def expire_confirmations(*, at: datetime) -> int:
    """Red-letter confirmations that lapsed: the invoice is where it was, the customer is told (SC-85)."""
    late = CreditRequest.objects.filter(status=Status.CREDITING, confirm_by__lte=at)
    return sum(_expire(request.pk, at) for request in late.order_by("confirm_by", "pk")[:BATCH])


@transaction.atomic
def _expire(request_id: int, at: datetime) -> bool:
    request = lock_request(request_id)
    if request.status != Status.CREDITING:
        return False
    move(request, lambda: request.expire(at=at), actor=None, at=at)
    _put_back(request, None, at)
    _tell(request, "credit_expired", at)
    return True


def _put_back(request: CreditRequest, actor: User | None, at: datetime) -> None:
    move(request.invoice, kept(request.invoice), actor=actor, at=at)


def _tell(request: CreditRequest, topic: str, at: datetime, **values: str) -> None:
    enqueue(
        customer=request.customer,
        topic=topic,
        about=request.number,
        values={"invoice": request.invoice.number, "amount": written(request)} | values,
        at=at,
    )


def written(request: CreditRequest) -> str:
    """The amount of a request, for people."""
    return in_currency(request.amount, request.invoice.gross.currency.code)


def lock_request(request_id: int) -> CreditRequest:
    """The request with its invoice, both locked after the customer. Raises `not_found`."""
    named = CreditRequest.objects.filter(pk=request_id)
    invoice_id = named.values_list("invoice", flat=True).first()
    if invoice_id is None:
        raise DomainError("not_found")
    invoice = lock_invoice(invoice_id)
    locked = CreditRequest.objects.select_for_update(no_key=True, of=("self",))
    request = locked.get(pk=request_id)
    request.invoice, request.customer = invoice, invoice.application.customer
    return request


def lock_invoice(invoice_id: int) -> Invoice:
    """The invoice, locked after the accounts its application concerns (the fixed order).

    Raises `not_found`.
    """
    asked = InvoiceApplication.objects.only("customer_id", "members")
    application = asked.filter(invoices=invoice_id).first()
    if application is None:
        raise DomainError("not_found")
    customer = lock_customers(application.account_ids)[application.customer_id]
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",))
    invoice = locked.prefetch_related("application", "entity").get(pk=invoice_id)
    invoice.application.customer = customer
    return invoice
