"""Issuing: the channel gives numbers, the content is frozen, reserved amounts become invoiced."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.models import User
from accounts.queries.workdays import calendar_after
from accounts.services.records import record
from finance_console.faults import of_the_house
from finance_console.kernel.errors import DomainError
from invoicing.channels import NO_ANSWER, ChannelTimeout, Issued, IssueRequest, IssuingChannel
from invoicing.channels import configured_channel as configured
from invoicing.domain import profiles, review
from invoicing.models import Claim, Invoice, InvoiceApplication, StatusChange
from invoicing.services.issuing.freezing import freeze
from invoicing.services.items.amounts import move_amounts, summed, taken
from invoicing.services.roles import REVIEW
from invoicing.services.transitions import lock_application, move, tell

Status = InvoiceApplication.Status
RETRY_MINUTES = 10
MAX_TRIES = 6
BATCH = 200
WAITING = (Invoice.Status.PLANNED, Invoice.Status.FAILED)
log = structlog.get_logger(__name__)


@transaction.atomic
def issue_application(
    *, application: InvoiceApplication, at: datetime, channel: IssuingChannel | None = None
) -> InvoiceApplication:
    """Issue every invoice of an approved application that is not issued yet.

    What the channel refuses, or does not answer, stays FAILED and is asked again after 10, 20, 40 …
    minutes; after `MAX_TRIES` it is parked until an operator says so (`retry`). When all are issued
    the application is complete and the customer is told once. Issuing again changes nothing.
    Raises `wrong_state` for an application that is not approved.
    """
    application = lock_application(application.pk)
    if application.status in InvoiceApplication.WHOLE:
        return application
    if application.status != Status.APPROVED:
        raise DomainError("wrong_state", state=application.status_word)
    channel = channel or configured()
    results = [_issue(invoice, application, channel, at) for invoice in _waiting(application)]
    if all(results):
        move(application, lambda: application.complete(at=at), actor=None, at=at)
        numbers = application.invoices.order_by("position").values_list("number", flat=True)
        tell(application, "invoices_issued", at=at, numbers=", ".join(filter(None, numbers)))
    else:
        _postpone(application, at)
    return application


def _waiting(application: InvoiceApplication) -> list[Invoice]:
    """The invoices that have no number yet, locked in key order; in the order of their series.

    A channel locks series one after the other: in one order everywhere, nobody waits in a circle.
    """
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.filter(application=application, status__in=WAITING).order_by("pk")
    rows = rows.prefetch_related("entity")
    return sorted(rows, key=lambda row: (row.entity_id, row.kind, row.medium, row.pk))


def _issue(
    invoice: Invoice, application: InvoiceApplication, channel: IssuingChannel, at: datetime
) -> bool:
    if invoice.status == Invoice.Status.FAILED:
        move(invoice, invoice.retry, actor=None, at=at)
    try:
        answer = channel.issue(_request(invoice, application, at))
    except ChannelTimeout:
        return _fail(invoice, NO_ANSWER, at)
    if not isinstance(answer, Issued):
        return _fail(invoice, answer.problem, at)
    _freeze_and_move(invoice, application, answer, at, specimen=channel.specimen)
    claims = Claim.objects.filter(line__invoice=invoice)
    amounts = summed(claims.values_list("item", "amount"))
    move_amounts({"reserved": taken(amounts), "invoiced": amounts})
    return True


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


def _fail(invoice: Invoice, problem: str, at: datetime) -> bool:
    problem = problem[:200]
    move(invoice, lambda: invoice.fail(problem=problem), actor=None, at=at, reason=problem)
    return False


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


def _postpone(application: InvoiceApplication, at: datetime) -> None:
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


def issue_due(*, at: datetime) -> int:
    """Issue approved applications whose moment has come, each in its own transaction. How many.

    One that breaks (a bug, a row that makes no sense) is noted and postponed like a refused one:
    the others go on. A fault of the house is nobody's try: it stays due.
    """
    due = InvoiceApplication.objects.filter(status=Status.APPROVED, issue_at__lte=at)
    done = 0
    for application in due.order_by("issue_at", "pk")[:BATCH]:
        try:
            issued = issue_application(application=application, at=at)
        except Exception as error:
            if of_the_house(error):
                problem = type(error).__name__
                log.warning("issue_interrupted", application=application.pk, problem=problem)
                continue
            log.exception("issue_broken", application=application.pk)
            _note_failure(application=application, problem=type(error).__name__, at=at)
            continue
        done += issued.status == Status.ISSUED
    return done


@transaction.atomic
def _note_failure(*, application: InvoiceApplication, problem: str, at: datetime) -> None:
    """The try is rolled back; that it failed is not. Nothing when it was decided meanwhile."""
    application = lock_application(application.pk)
    if application.status != Status.APPROVED:
        return
    for invoice in _waiting(application):
        noted = NO_ANSWER if invoice.problem == NO_ANSWER else problem  # it may exist still
        if invoice.status == Invoice.Status.FAILED:
            move(invoice, invoice.retry, actor=None, at=at)
        _fail(invoice, noted, at)
    _postpone(application, at)


@transaction.atomic
def retry_parked(*, application: InvoiceApplication, by: User, at: datetime) -> InvoiceApplication:
    """An operator has a parked application tried again, once; the try and who asked are recorded.

    Not parked: nothing changes. Raises `not_permitted`.
    """
    if not (by.is_active and by.has_perm(REVIEW)):
        raise DomainError("not_permitted")
    application = lock_application(application.pk)
    if application.status == Status.APPROVED and application.issue_at is None:
        application.issue_at = at
        application.save(update_fields=["issue_at"])
        record(
            customer=application.customer,
            actor=by,
            action="retry_issue",
            about=application.number,
            before={},
            after={},
            at=at,
        )
    return application
