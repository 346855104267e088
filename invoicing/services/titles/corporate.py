"""Asking for a company's title as an individual: apply with documents, decide, delete (A09 to A12, SC-22)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, User
from accounts.ports.paper import for_paper
from accounts.queries.workdays import calendar_after
from accounts.services.customers.locking import lock_again, lock_customer, require_open
from accounts.services.customers.roles import require_member
from accounts.services.requests.certifying import in_force
from accounts.services.requests.deciding import kept_reason, require_decision
from accounts.services.requests.uploading import keep, store
from finance_console.kernel.errors import DomainError
from finance_console.kernel.workdays import add_working_days
from invoicing.models import InvoiceTitle, TitleApplication
from invoicing.queries.policies import policy_of
from invoicing.services.titles.keeping import add_granted

PERMISSION = "invoicing.decide_title"
Status = TitleApplication.Status


@transaction.atomic
def apply_for_title(
    *,
    customer: CustomerAccount,
    type: str,  # noqa: A002 (the field's name)
    name: str,
    tax_id: str,
    by: User,
    idempotency_key: str,
    at: datetime,
    documents: Sequence[CleanFile] = (),
) -> TitleApplication:
    """Ask for a company's title (A09); it is decided within the profile's working days (A10).

    Idempotent by the key. Raises `not_permitted`, `account_closed`, `certification_required`,
    `title_only_individuals`, `title_needless` (the profile lets individuals choose freely, or it is
    granted already), `title_waiting`, `reference_conflict`, and what `for_paper` and keeping files raise.
    """
    stored = store(documents)
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    name = for_paper(name)
    wish = (type, name, tax_id)
    mine = TitleApplication.objects.filter(customer=customer)
    known = mine.filter(idempotency_key=idempotency_key).first()
    if known:
        if (known.type, known.name, known.tax_id) != wish:
            raise DomainError("reference_conflict", reference=idempotency_key)
        return known
    require_open(customer)
    first, last = review_days(customer)
    same = set(mine.filter(name=name, tax_id=tax_id).values_list("status", flat=True))
    if Status.APPROVED in same:
        raise DomainError("title_needless")
    if Status.SUBMITTED in same:
        raise DomainError("title_waiting")
    calendar = calendar_after(at, customer.tz)
    application = TitleApplication.objects.create(
        customer=customer,
        type=type,
        name=name,
        tax_id=tax_id,
        idempotency_key=idempotency_key,
        submitted_by=by,
        submitted_at=at,
        due_from=add_working_days(at, first, customer.tz, calendar),
        due_by=add_working_days(at, last, customer.tz, calendar),
    )
    kept = [keep(customer=customer, file=file, by=by, at=at) for file in stored]
    application.documents.add(*kept)
    return application


@transaction.atomic
def approve_title(*, application: TitleApplication, by: User, at: datetime) -> TitleApplication:
    """Grant it: the title can be selected from now on (A11), and the customer is told once.

    Raises `not_permitted`, `four_eyes`, `wrong_state`, `account_closed`, and
    `title_only_individuals` when the account became a company meanwhile.
    """
    application = lock_again(application)
    require_decision(application, by, PERMISSION)
    require_open(application.customer)
    review_days(application.customer)
    fields = {"type": application.type, "name": application.name, "tax_id": application.tax_id}
    title = add_granted(customer=application.customer, fields=fields, by=by, at=at)
    application.approve(by=by, at=at, title=title)
    application.save()
    _tell(application, "title_approved", at)
    return application


@transaction.atomic
def reject_title(
    *, application: TitleApplication, by: User, reason: str, at: datetime
) -> TitleApplication:
    """Refuse with a reason that the customer reads (A12).

    Raises `not_permitted`, `four_eyes`, `wrong_state`, `reason_required`.
    """
    application = lock_again(application)
    require_decision(application, by, PERMISSION)
    application.reject(by=by, at=at, reason=kept_reason(reason))
    application.save()
    _tell(application, "title_rejected", at)
    return application


@transaction.atomic
def delete_title_application(
    *, application: TitleApplication, by: User, at: datetime
) -> TitleApplication:
    """The customer takes it off its list, while it waits or after a refusal (A12). Twice is fine.

    Raises `not_permitted`, and `wrong_state` for one that was granted.
    """
    application = lock_again(application)
    require_member(by, application.customer)
    if application.status == Status.DELETED:
        return application
    if application.status == Status.APPROVED:
        raise DomainError("wrong_state", state=application.get_status_display())
    application.delete_by_customer()
    application.save()
    return application


def review_days(customer: CustomerAccount) -> tuple[int, int]:
    """The working days of the review, first and last, for an account that needs one (A10).

    Raises `certification_required`, `title_only_individuals`, `title_needless`.
    """
    certified = in_force(customer)
    if certified is None:
        raise DomainError("certification_required")
    if certified.kind != InvoiceTitle.Type.INDIVIDUAL:
        raise DomainError("title_only_individuals")
    policy = policy_of(customer)
    if policy.individual_title == "free" or policy.title_review_days is None:
        raise DomainError("title_needless")
    return policy.title_review_days


def _tell(application: TitleApplication, topic: str, at: datetime) -> None:
    enqueue(
        customer=application.customer,
        topic=topic,
        about=str(application.pk),
        values={"name": application.name, "reason": application.reason},
        at=at,
    )
