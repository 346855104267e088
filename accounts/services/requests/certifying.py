"""Certification: the name a customer is registered under. A change is a new version, decided by staff."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import enqueue
from accounts.models import Certification, CertificationRequest, CustomerAccount, User
from accounts.ports.paper import for_paper
from accounts.services.customers.locking import lock_again, lock_customer, require_open
from accounts.services.customers.roles import require_member
from accounts.services.requests.deciding import kept_reason, require_decision, require_waiting
from accounts.services.requests.uploading import keep, store
from accounts.signals import certification_changed
from finance_console.kernel.errors import DomainError

Kind = CustomerAccount.Kind
Status, Change = CertificationRequest.Status, CertificationRequest.Change
PERMISSION = "accounts.decide_certification"


def in_force(customer: CustomerAccount) -> Certification | None:
    """The certification of today: the newest version."""
    return customer.certifications.order_by("-version").first()


@transaction.atomic
def certify(
    *, customer: CustomerAccount, kind: str, name: str, tax_id: str, at: datetime
) -> Certification:
    """Record a checked certification, or a change of name or subject, in force from now (B52, A07).

    The same content again returns the version in force. Raises `account_closed`, what `for_paper` raises, and
    `irreversible` for a company that wants to become an individual (A08, SC-23).
    """
    customer, name = lock_customer(customer.pk), for_paper(name)
    require_open(customer)
    current = in_force(customer)
    if current and (current.kind, current.name, current.tax_id) == (kind, name, tax_id):
        return current
    _require_forward(current, kind)
    certified = Certification.objects.create(
        customer=customer,
        version=current.version + 1 if current else 1,
        kind=kind,
        name=name,
        tax_id=tax_id,
        certified_at=at,
    )
    customer.kind = kind
    customer.save(update_fields=["kind"])
    certification_changed.send(sender=Certification, customer_ids=[customer.pk], at=at)
    return certified


@transaction.atomic
def request_certification(
    *,
    customer: CustomerAccount,
    kind: str,
    name: str,
    tax_id: str,
    by: User,
    idempotency_key: str,
    at: datetime,
    documents: Sequence[CleanFile] = (),
) -> CertificationRequest:
    """Ask to be certified, or for a change of name (B52) or subject (B53, A07); staff decide.

    What changes follows from what is certified now: with kind and tax ID kept it is the name, else
    the subject. Idempotent by the key. Raises `not_permitted`, `account_closed`, `irreversible`
    (A08), `certification_waiting` while another request is reviewed, `certification_unchanged`,
    `reference_conflict`, and what `for_paper` and keeping files raise.
    """
    stored = store(documents)
    customer, name = lock_customer(customer.pk), for_paper(name)
    require_member(by, customer)
    known = customer.certification_requests.filter(idempotency_key=idempotency_key).first()
    if known:
        if (known.kind, known.name, known.tax_id) != (kind, name, tax_id):
            raise DomainError("reference_conflict", reference=idempotency_key)
        return known
    require_open(customer)
    current = in_force(customer)
    _require_forward(current, kind)
    if customer.certification_requests.filter(status=Status.SUBMITTED).exists():
        raise DomainError("certification_waiting")
    if current and (current.kind, current.name, current.tax_id) == (kind, name, tax_id):
        raise DomainError("certification_unchanged", name=name)
    request = CertificationRequest.objects.create(
        customer=customer,
        change=_change(current, kind, tax_id),
        kind=kind,
        name=name,
        tax_id=tax_id,
        idempotency_key=idempotency_key,
        submitted_by=by,
        submitted_at=at,
    )
    kept = [keep(customer=customer, file=file, by=by, at=at) for file in stored]
    request.documents.add(*kept)
    return request


@transaction.atomic
def approve_certification(
    *, request: CertificationRequest, by: User, at: datetime
) -> CertificationRequest:
    """Certify the customer as asked; in force from now, and the customer is told.

    Raises `not_permitted`, `four_eyes`, `wrong_state`, `account_closed`, `irreversible`.
    """
    request = lock_again(request)
    require_decision(request, by, PERMISSION)
    certified = certify(
        customer=request.customer,
        kind=request.kind,
        name=request.name,
        tax_id=request.tax_id,
        at=at,
    )
    request.approve(by=by, at=at, certification=certified)
    request.save()
    _tell(request, "certification_approved", at)
    return request


@transaction.atomic
def reject_certification(
    *, request: CertificationRequest, by: User, reason: str, at: datetime
) -> CertificationRequest:
    """Refuse with a reason that the customer reads; resubmitting is a new request.

    Raises `not_permitted`, `four_eyes`, `wrong_state`, `reason_required`.
    """
    request = lock_again(request)
    require_decision(request, by, PERMISSION)
    request.reject(by=by, at=at, reason=kept_reason(reason))
    request.save()
    _tell(request, "certification_rejected", at)
    return request


@transaction.atomic
def cancel_certification(
    *, request: CertificationRequest, by: User, at: datetime
) -> CertificationRequest:
    """The customer takes the request back. Taken back already is fine.

    Raises `not_permitted`, and `wrong_state` once it is decided.
    """
    request = lock_again(request)
    require_member(by, request.customer)
    if request.status == Status.CANCELLED:
        return request
    require_waiting(request)
    request.cancel(at=at)
    request.save()
    return request


def _require_forward(current: Certification | None, kind: str) -> None:
    if current and kind == Kind.INDIVIDUAL and current.kind != Kind.INDIVIDUAL:
        raise DomainError("irreversible")


def _change(current: Certification | None, kind: str, tax_id: str) -> str:
    if current is None:
        return Change.FIRST
    same = (current.kind, current.tax_id) == (kind, tax_id)
    return Change.NAME if same else Change.SUBJECT


def _tell(request: CertificationRequest, topic: str, at: datetime) -> None:
    enqueue(
        customer=request.customer,
        topic=topic,
        about=str(request.pk),
        values={"name": request.name, "reason": request.reason},
        at=at,
    )
