"""The only way a status changes: lock, check, move, record, tell."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django_fsm import TransitionNotAllowed

from accounts.messages.outbox import enqueue
from accounts.models import User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from invoicing.models import CreditRequest, Invoice, InvoiceApplication, StatusChange

Status = InvoiceApplication.Status
Subject = InvoiceApplication | Invoice | CreditRequest


def lock_application(application_id: int) -> InvoiceApplication:
    """The application, locked after the accounts it concerns (the fixed order), in the caller's transaction.

    Those are its customer and the members whose consumption it claims; they never change.
    """
    named = InvoiceApplication.objects.only("customer_id", "members").filter(pk=application_id)
    named_application = named.first()
    if named_application is None:
        raise DomainError("not_found")
    customers = lock_customers(named_application.account_ids)
    locked = InvoiceApplication.objects.select_for_update(no_key=True, of=("self",))
    application = locked.get(pk=application_id)
    application.customer = customers[application.customer_id]
    return application


def move(
    subject: Subject,
    transition: Callable[[], None],
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Run `transition` of a row the caller has locked, save the row and write the log.

    `actor` None is the system. Raises `wrong_state` when the machine has no such edge from here.
    """
    before = subject.status
    try:
        transition()
    except TransitionNotAllowed:
        raise DomainError("wrong_state", state=subject.status_word) from None
    subject.save()
    _record(subject, before, actor, at, reason)


def follow_invoices(application_id: int, *, actor: User | None, at: datetime) -> None:
    """The application is shipped, or credited, once the last of its invoices is (D25).

    Runs in the transaction that moved an invoice, under the lock of the customer.
    """
    locked = InvoiceApplication.objects.select_for_update(no_key=True, of=("self",))
    application = locked.get(pk=application_id)
    if application.status not in (Status.ISSUED, Status.SHIPPED):
        return
    stages = {invoice.stage for invoice in Invoice.objects.filter(application=application)}
    if stages == {"credited"}:
        move(application, application.credit, actor=actor, at=at)
    elif application.status == Status.ISSUED and stages <= {"shipped", "credited"}:
        move(application, application.ship, actor=actor, at=at)


def record_creation(subject: CreditRequest, *, actor: User | None, at: datetime) -> None:
    """The first line of the log: submitted, by whom."""
    _record(subject, "", actor, at, "")


def _record(subject: Subject, before: str, actor: User | None, at: datetime, reason: str) -> None:
    of = {Invoice: "invoice", CreditRequest: "credit_request"}.get(type(subject), "application")
    StatusChange.objects.create(
        **{of: subject}, before=before, after=subject.status, actor=actor, at=at, reason=reason
    )


def _total(application: InvoiceApplication) -> str:
    return in_currency(application.total.amount, application.total.currency.code)


def tell(application: InvoiceApplication, topic: str, *, at: datetime, **values: Any) -> None:
    """Owe the customer a message on every channel about this application, once per topic."""
    enqueue(
        customer=application.customer,
        topic=topic,
        about=application.number,
        values={"application": application.number, "total": _total(application)} | values,
        at=at,
    )
