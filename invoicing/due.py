"""When each scheduled job of invoicing next has something to do, from the rows themselves.

Each takes a moment and returns the first one, past or future, at which its job would act; None
when nothing is in sight.
"""

from datetime import datetime

from django.db.models import Min

from finance_console.kernel.calendar import month_of, previous_month
from invoicing.domain import profiles
from invoicing.models import AutoInvoicing, Invoice, InvoiceableItem, InvoiceApplication
from invoicing.services.auto_invoicing import due_at
from invoicing.services.offsetting import customers_with_deficit

Status = InvoiceApplication.Status


def next_review(after: datetime) -> datetime | None:
    """The first automatic approval."""
    waiting = InvoiceApplication.objects.filter(status=Status.PENDING_APPROVAL, claimed_at=None)
    return waiting.aggregate(first=Min("auto_review_at"))["first"]


def next_issue(after: datetime) -> datetime | None:
    """The first approved application to be issued."""
    approved = InvoiceApplication.objects.filter(status=Status.APPROVED)
    return approved.aggregate(first=Min("issue_at"))["first"]


def next_render(after: datetime) -> datetime | None:
    """The first issued invoice without files."""
    issued = Invoice.objects.filter(status=Invoice.Status.ISSUED, files=None)
    return issued.aggregate(first=Min("issued_at"))["first"]


def next_offset(after: datetime) -> datetime | None:
    """When a customer with a deficit next gets something that can offset it."""
    later = InvoiceableItem.objects.filter(
        customer__in=customers_with_deficit(), net__gt=0, available_at__gt=after
    )
    return later.aggregate(first=Min("available_at"))["first"]


def next_auto_run(after: datetime) -> datetime | None:
    """The first month of an enabled customer that has no run."""
    moments = []
    for settings in AutoInvoicing.objects.filter(enabled=True).select_related("customer"):
        customer, policy = settings.customer, profiles.get(settings.customer.profile)
        last = customer.auto_runs.order_by("-period").values_list("period", flat=True).first()
        period = max(settings.first_period, previous_month(month_of(after, customer.tz)))
        if last is not None and period <= last:
            period = month_of(after, customer.tz)
        if moment := due_at(policy, customer, period):
            moments.append(moment)
    return min(moments, default=None)
