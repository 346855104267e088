"""Issuing: the channel gives numbers, the content is frozen, reserved amounts become invoiced."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.channels import Issued, IssueRequest, IssuingChannel, SandboxChannel
from invoicing.models import Claim, Invoice, InvoiceApplication
from invoicing.services.applying import move_claims
from invoicing.services.freezing import freeze
from invoicing.services.transitions import lock_application, move, tell

Status = InvoiceApplication.Status
RETRY_MINUTES = 10
BATCH = 200


@transaction.atomic
def issue_application(
    *, application: InvoiceApplication, at: datetime, channel: IssuingChannel | None = None
) -> InvoiceApplication:
    """Issue every invoice of an approved application that is not issued yet.

    What the channel refuses stays FAILED and is asked again after `RETRY_MINUTES`; when all are
    issued the application is complete and the customer is told once. Issuing again changes
    nothing. Raises `wrong_state` for an application that is not approved.
    """
    application = lock_application(application.pk)
    if application.status == Status.ISSUED:
        return application
    if application.status != Status.APPROVED:
        raise DomainError("wrong_state", state=application.get_status_display())
    channel = channel or SandboxChannel()
    waiting = (
        Invoice.objects.select_for_update(no_key=True, of=("self",))
        .filter(application=application)
        .exclude(status=Invoice.Status.ISSUED)
        .select_related("entity")
        .order_by("pk")
    )
    results = [_issue(invoice, application, channel, at) for invoice in waiting]
    if all(results):
        move(application, lambda: application.complete(at=at), actor=None, at=at)
        numbers = application.invoices.order_by("position").values_list("number", flat=True)
        tell(application, "invoices_issued", at=at, numbers=", ".join(filter(None, numbers)))
    else:
        application.issue_at = at + timedelta(minutes=RETRY_MINUTES)
        application.save(update_fields=["issue_at"])
    return application


def _issue(
    invoice: Invoice, application: InvoiceApplication, channel: IssuingChannel, at: datetime
) -> bool:
    if invoice.status == Invoice.Status.FAILED:
        move(invoice, invoice.retry, actor=None, at=at)
    today = at.astimezone(application.customer.tz).date()
    answer = channel.issue(
        IssueRequest(
            serial=f"{application.number}/{invoice.position}",
            position=invoice.position,
            entity_id=invoice.entity_id,
            kind=invoice.kind,
            medium=invoice.medium,
            issued_on=today,
            gross=invoice.gross.amount,
        )
    )
    if not isinstance(answer, Issued):
        problem = answer.problem
        move(invoice, lambda: invoice.fail(problem=problem), actor=None, at=at, reason=problem)
        return False
    frozen = freeze(invoice, application, answer.number, today, specimen=channel.specimen)
    move(
        invoice,
        lambda: invoice.issue(
            number=answer.number,
            at=at,
            on=today,
            snapshot=frozen.to_json(),
            sha256=frozen.digest(),
        ),
        actor=None,
        at=at,
    )
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item_id, amount in Claim.objects.filter(line__invoice=invoice).values_list(
        "item", "amount"
    ):
        amounts[item_id] += amount
    move_claims(amounts, "reserved", -1)
    move_claims(amounts, "invoiced", 1)
    return True


def issue_due(*, at: datetime) -> int:
    """Issue approved applications whose moment has come, each in its own transaction. How many."""
    due = InvoiceApplication.objects.filter(status=Status.APPROVED, issue_at__lte=at)
    done = 0
    for application in due.order_by("issue_at", "pk")[:BATCH]:
        issued = issue_application(application=application, at=at)
        done += issued.status == Status.ISSUED
    return done
