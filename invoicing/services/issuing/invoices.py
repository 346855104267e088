"""Issuing: the channel gives numbers, the content is frozen, reserved amounts become invoiced.

Nothing is locked while the channel is called.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.queries.workdays import calendar_after
from finance_console.kernel.errors import DomainError
from invoicing.channels import (
    NO_ANSWER,
    ChannelTimeout,
    Issued,
    IssueRequest,
    IssuingChannel,
    Refused,
)
from invoicing.channels import configured_channel as configured
from invoicing.domain import profiles, review
from invoicing.models import Claim, Invoice, InvoiceApplication, StatusChange
from invoicing.services.issuing import drafting
from invoicing.services.issuing.freezing import freeze
from invoicing.services.items.amounts import move_amounts, summed, taken
from invoicing.services.transitions import lock_application, move, tell

Status = InvoiceApplication.Status
RETRY_MINUTES = 10
MAX_TRIES = 6
WAITING = (Invoice.Status.PLANNED, Invoice.Status.FAILED)
log = structlog.get_logger(__name__)


def issue_application(
    *,
    application: InvoiceApplication,
    at: datetime,
    channel: IssuingChannel | None = None,
    entity_id: int | None = None,
) -> InvoiceApplication:
    """Issue every invoice of an approved application, of one seller or of all, that has no number yet.

    Each step is a transaction of its own: what is asked is marked, the channel is called with nothing
    locked, its answer is recorded. Killed in between, it is asked again with the same serial.

    What the channel refuses, or does not answer, stays FAILED and is asked again after 10, 20, 40 …
    minutes; after `MAX_TRIES` it is parked until an operator says so (`retry_parked`). When all are
    issued the application is complete and the customer is told once. Issuing again changes nothing.
    Raises `wrong_state` for an application that is not approved.
    """
    return issue(application.pk, at, entity_id, channel)[0]


def issue(
    application_id: int, at: datetime, entity_id: int | None, channel: IssuingChannel | None = None
) -> tuple[InvoiceApplication, bool]:
    """As `issue_application`: the application afterwards, and whether the channel answered every time."""
    channel = channel or configured()
    application, asked = _mark_asked(application_id, at, entity_id, specimen=channel.specimen)
    answered = True
    for place, (invoice_id, request) in enumerate(asked, start=1):
        answer = _call(channel, request)
        answered = answered and answer is not None
        application = _record_answer(
            application_id,
            invoice_id,
            answer,
            at,
            specimen=channel.specimen,
            last=place == len(asked),
        )
    return application, answered


@transaction.atomic
def _mark_asked(
    application_id: int, at: datetime, entity_id: int | None, *, specimen: bool
) -> tuple[InvoiceApplication, list[tuple[int, IssueRequest]]]:
    """What is to be asked, by invoice id; marked, so that it cannot be withdrawn: it may exist from now on.

    What could not be printed fails here and is not asked for.
    """
    application = lock_application(application_id)
    if application.status in InvoiceApplication.WHOLE:
        return application, []
    if application.status != Status.APPROVED:
        raise DomainError("wrong_state", state=application.status_word)
    invoices = waiting(application, entity_id)
    asked = [row for row in invoices if _ask(row, application, at, specimen=specimen)]
    if invoices and not asked:
        _settle(application, at, last=True)
    return application, [(row.pk, _request(row, application, at)) for row in asked]


def _ask(
    invoice: Invoice, application: InvoiceApplication, at: datetime, *, specimen: bool
) -> bool:
    """Mark the invoice as asked for; False when its content cannot be printed, and noted as failed."""
    today = at.astimezone(application.customer.tz).date()
    problem = drafting.problem_of(
        lambda: freeze(invoice, application, drafting.NUMBER, today, specimen=specimen)
    )
    if not problem:
        invoice.asked_at = at
    if invoice.status == Invoice.Status.FAILED:
        move(invoice, invoice.retry, actor=None, at=at)
    elif not problem:
        invoice.save(update_fields=["asked_at"])
    if problem:
        fail(invoice, problem, at, may_exist=invoice.asked_at is not None)
    return not problem


def waiting(application: InvoiceApplication, entity_id: int | None = None) -> list[Invoice]:
    """The invoices (of a seller) that have no number yet, locked in key order; in the order of their series."""
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.filter(application=application, status__in=WAITING).order_by("pk")
    if entity_id is not None:
        rows = rows.filter(entity=entity_id)
    return sorted(rows, key=lambda row: (row.entity_id, row.kind, row.medium, row.pk))


def _call(channel: IssuingChannel, request: IssueRequest) -> Issued | Refused | None:
    """What the channel says; None when it does not answer."""
    try:
        return channel.issue(request)
    except ChannelTimeout:
        return None


@transaction.atomic
def _record_answer(
    application_id: int,
    invoice_id: int,
    answer: Issued | Refused | None,
    at: datetime,
    *,
    specimen: bool,
    last: bool,
) -> InvoiceApplication:
    """Record what was answered for one invoice; the `last` of those asked says when to try again.

    Somebody else may have asked the same and have been quicker: then there is nothing to record.
    """
    application = lock_application(application_id)
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",))
    invoice = locked.get(pk=invoice_id)
    if invoice.status in WAITING:
        if isinstance(answer, Issued):
            _take_number(invoice, application, answer, at, specimen=specimen)
        elif invoice.status == Invoice.Status.PLANNED:
            fail(
                invoice,
                NO_ANSWER if answer is None else answer.problem,
                at,
                may_exist=answer is None,
            )
    elif isinstance(answer, Issued) and invoice.number != answer.number:
        log.error("issued_for_nobody", application=application.number, number=answer.number)
    _settle(application, at, last=last)
    return application


def _take_number(
    invoice: Invoice,
    application: InvoiceApplication,
    answer: Issued,
    at: datetime,
    *,
    specimen: bool,
) -> None:
    """The invoice is issued, and what it claims counts as invoiced."""
    if invoice.status == Invoice.Status.FAILED:
        move(invoice, invoice.retry, actor=None, at=at)
    _freeze_and_move(invoice, application, answer, at, specimen=specimen)
    claims = Claim.objects.filter(line__invoice=invoice)
    amounts = summed(claims.values_list("item", "amount"))
    move_amounts({"reserved": taken(amounts), "invoiced": amounts})


def _settle(application: InvoiceApplication, at: datetime, *, last: bool) -> None:
    """Complete when all are issued; else, after the last answer, see when to try again."""
    if application.status != Status.APPROVED:
        return
    left = set(application.invoices.filter(number=None).values_list("status", flat=True))
    if not left:
        move(application, lambda: application.complete(at=at), actor=None, at=at)
        numbers = application.invoices.order_by("position").values_list("number", flat=True)
        tell(application, "invoices_issued", at=at, numbers=", ".join(filter(None, numbers)))
    elif last and Invoice.Status.FAILED in left:
        postpone(application, at)


def _request(invoice: Invoice, application: InvoiceApplication, at: datetime) -> IssueRequest:
    return IssueRequest(
        serial=f"{application.number}/{invoice.position}",
        position=invoice.position,
        entity_id=invoice.entity_id,
        kind=invoice.kind,
        medium=invoice.medium,
        at=at,
        issued_on=at.astimezone(application.customer.tz).date(),
        gross=invoice.gross.amount,
    )


def fail(invoice: Invoice, problem: str, at: datetime, *, may_exist: bool) -> None:
    """It stays to be asked for again. One that was refused does not exist."""
    problem = problem[:200]
    if not may_exist:
        invoice.asked_at = None
    move(invoice, lambda: invoice.fail(problem=problem), actor=None, at=at, reason=problem)


def _freeze_and_move(
    invoice: Invoice,
    application: InvoiceApplication,
    answer: Issued,
    at: datetime,
    *,
    specimen: bool,
) -> None:
    """Number, date and content as the channel issued them; paper gets its day to be sent by."""
    tz = application.customer.tz
    today = answer.issued_at.astimezone(tz).date()
    frozen = freeze(invoice, application, answer.number, today, specimen=specimen)
    if invoice.medium == InvoiceApplication.Medium.PAPER:
        invoice.ship_due_at = review.ship_due_at(
            profiles.get(application.profile, application.profile_version),
            submitted_at=application.submitted_at,
            issued_at=answer.issued_at,
            calendar=calendar_after(application.submitted_at, tz),
            tz=tz,
        )
    move(
        invoice,
        lambda: invoice.issue(
            number=answer.number,
            at=answer.issued_at,
            on=today,
            snapshot=frozen.to_json(),
            sha256=frozen.digest(),
        ),
        actor=None,
        at=at,
    )


def postpone(application: InvoiceApplication, at: datetime) -> None:
    """Try again later, or park it: no moment to be issued at, and an alarm (R23, R24)."""
    failed = StatusChange.objects.filter(
        invoice__application=application, after=Invoice.Status.FAILED
    )
    tries = failed.values("at").distinct().count()
    if tries < MAX_TRIES:
        application.issue_at = at + timedelta(minutes=RETRY_MINUTES * 2 ** (tries - 1))
    else:
        application.issue_at = None
        log.error("issue_parked", application=application.number, tries=tries)
    application.save(update_fields=["issue_at"])
