"""When each scheduled job of invoicing next has something to do, from the rows themselves.

Each takes a moment and returns the first one, past or future, at which its job would act; None
when nothing is in sight.
"""

from datetime import datetime

from django.db.models import Min

from invoicing.models import (
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
)
from invoicing.services.auto import waiting as auto_waiting
from invoicing.services.deficits.offsetting import customers_with_deficit
from invoicing.services.profiles import versions
from invoicing.services.reviewing.giving_way import clashing

Status = InvoiceApplication.Status


def next_profile(after: datetime) -> datetime | None:
    """The first day on which a scheduled profile version comes into force."""
    return versions.next_in_force()


def next_review(after: datetime) -> datetime | None:
    """The first automatic approval."""
    waiting = InvoiceApplication.objects.filter(status=Status.PENDING_APPROVAL, claimed_at=None)
    return waiting.aggregate(first=Min("auto_review_at"))["first"]


def next_clash(after: datetime) -> datetime | None:
    """Now, while an application claims what was refunded and could not give way at once."""
    return after if clashing() else None


def next_issue(after: datetime) -> datetime | None:
    """The first approved application to be issued."""
    approved = InvoiceApplication.objects.filter(status=Status.APPROVED)
    return approved.aggregate(first=Min("issue_at"))["first"]


def next_credit_decision(after: datetime) -> datetime | None:
    """The first credit request that the system decides."""
    waiting = CreditRequest.objects.filter(status=CreditRequest.Status.CREDITING)
    return waiting.aggregate(first=Min("decide_at"))["first"]


def next_confirmation_end(after: datetime) -> datetime | None:
    """The first red-letter confirmation to lapse."""
    open_ones = CreditRequest.objects.filter(status=CreditRequest.Status.CREDITING)
    return open_ones.aggregate(first=Min("confirm_by"))["first"]


def next_render(after: datetime) -> datetime | None:
    """The first issued invoice or credit note without all of its files."""
    invoices = Invoice.objects.filter(number__isnull=False, filed=False)
    moments = (
        rows.aggregate(first=Min("issued_at"))["first"]
        for rows in (invoices, CreditNote.objects.filter(filed=False))
    )
    return min(filter(None, moments), default=None)


def next_offset(after: datetime) -> datetime | None:
    """When a customer with a deficit next gets something that can offset it."""
    later = InvoiceableItem.objects.filter(
        customer__in=customers_with_deficit(), net__gt=0, available_at__gt=after
    )
    return later.aggregate(first=Min("available_at"))["first"]


def next_rehearsal(after: datetime) -> datetime | None:
    """The first month to be rehearsed whose run is still to come. One query of a row per group."""
    eves_by_month = auto_waiting.eves(auto_waiting.waiting())
    return min((eve for eve, due in eves_by_month.values() if due > after), default=None)


def next_auto_run(after: datetime) -> datetime | None:
    """The first month of an enabled customer that has no run. One query of a row per group."""
    return min((group_waiting.due for group_waiting in auto_waiting.waiting()), default=None)
