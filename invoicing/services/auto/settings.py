"""Auto-invoicing: the settings of a customer, on, off and paused (A22, A53, A54).

What happens on the day is in `auto_running`, the day before in `auto_rehearsing`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from accounts.services.customers.roles import require_member
from accounts.services.records import record
from finance_console.kernel.calendar import month_of, next_month, previous_month
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import remarks
from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceApplication, InvoiceTitle
from invoicing.queries.planning import available_items
from invoicing.queries.policies import policy_of
from invoicing.services.auto.running import PAUSED, run_due
from invoicing.services.auto.waiting import due_at, group_of

__all__ = ["disable", "due_at", "enable", "run_due"]

Reason = AutoInvoicing.PauseReason
SHOWN = ("enabled", "title_id", "kind", "medium", "recipient_email", "remarks")


@transaction.atomic
def enable(
    *,
    customer: CustomerAccount,
    title: InvoiceTitle,
    kind: str,
    medium: str,
    recipient_email: str,
    at: datetime,
    note: str = "",
    by: User | None = None,
) -> AutoInvoicing:
    """Switch auto-invoicing on, or change how it is on.

    `recipient_email` is one of the saved ones, "" the default one; `note` stands in the remarks of
    the invoices, "" the default remark. Months whose run passed while it was off are not made up for
    (SC-97); those that passed during a pause are noted, and can be caught up (SC-96). `by` None is
    the system. Raises `not_permitted`, `account_closed`, `overseas_proforma_only`,
    `method_not_allowed` where the profile has none, `not_found` for somebody else's title,
    `no_recipient`, `remarks_too_long`.
    """
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    return switch_on(
        customer=customer,
        title=title,
        kind=kind,
        medium=medium,
        recipient_email=recipient_email,
        note=note,
        by=by,
        at=at,
    )


def switch_on(
    *,
    customer: CustomerAccount,
    title: InvoiceTitle,
    kind: str,
    medium: str,
    recipient_email: str,
    note: str,
    by: User | None,
    at: datetime,
) -> AutoInvoicing:
    """As `enable`, for a customer that is locked, by somebody who may act for it."""
    last = previous_month(month_of(at, customer.tz))
    due = _check_offered(customer, last)
    _check_chosen(customer, title, medium, recipient_email, note)
    before = AutoInvoicing.objects.filter(customer=customer).first()
    first_period = last if at <= due else next_month(last)
    if before is not None and before.enabled:
        first_period = before.first_period
    elif before is not None and before.paused_at is not None:
        _note_missed(customer, before, at)
    settings, _created = AutoInvoicing.objects.update_or_create(
        customer=customer,
        defaults={
            "enabled": True,
            "first_period": first_period,
            "title": title,
            "kind": kind,
            "medium": medium,
            "recipient_email": recipient_email,
            "remarks": note,
            "paused_at": None,
            "pause_reason": "",
            "changed_at": at,
        },
    )
    _record(customer, before, settings, by, at)
    return settings


def check_offered(customer: CustomerAccount) -> None:
    """Raises `account_closed`, `overseas_proforma_only`, and `method_not_allowed` where it is not offered."""
    _check_offered(customer, "2000-01")


def _check_offered(customer: CustomerAccount, period: str) -> datetime:
    require_open(customer)
    if not customer.gets_vat_invoices:
        raise DomainError("overseas_proforma_only")
    policy = policy_of(customer)
    due = due_at(policy, customer, period)
    if due is None:
        raise DomainError(
            "method_not_allowed", method="auto-invoicing", methods=", ".join(policy.methods)
        )
    return due


def _check_chosen(
    customer: CustomerAccount, title: InvoiceTitle, medium: str, email: str, note: str
) -> None:
    """The title is the customer's own, and there is a saved recipient (SC-100)."""
    if title.customer_id != customer.pk:
        raise DomainError("not_found")
    if medium == InvoiceApplication.Medium.PAPER:
        is_known = customer.addresses.exists()
    else:
        emails = customer.emails.filter(email=email) if email else customer.emails.all()
        is_known = emails.exists()
    if not is_known:
        raise DomainError("no_recipient")
    if remarks.excess(note):
        raise DomainError("remarks_too_long", limit=remarks.LIMIT)


def _note_missed(customer: CustomerAccount, before: AutoInvoicing, at: datetime) -> None:
    """A run, failed for the pause, for each month that fell due during it and has something open."""
    assert before.paused_at is not None
    group, period = group_of(customer), before.first_period
    ran = set(customer.auto_runs.values_list("period", flat=True))
    while (due := group.due_at(period)) is not None and due < at:
        total = _open_of(customer, period, at)
        if due >= before.paused_at and period not in ran and total:
            AutoInvoicingRun.objects.create(
                customer=customer,
                period=period,
                result=AutoInvoicingRun.Result.FAILED,
                reason=PAUSED,
                total=total,
                ran_at=at,
            )
        period = next_month(period)


def _open_of(customer: CustomerAccount, period: str, at: datetime) -> Decimal:
    own = available_items(customer, at).filter(marketplace=False, period=period)
    total: Decimal = own.aggregate(sum=Sum("net", default=ZERO))["sum"]
    return total


@transaction.atomic
def disable(*, customer: CustomerAccount, at: datetime, by: User | None = None) -> None:
    """Switch it off. Off already is fine; what was paused stays paused. Raises `not_permitted`."""
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    settings = AutoInvoicing.objects.filter(customer=customer, enabled=True).first()
    if settings is None:
        return
    before = AutoInvoicing.objects.get(pk=settings.pk)
    settings.enabled, settings.changed_at = False, at
    settings.save(update_fields=["enabled", "changed_at"])
    _record(customer, before, settings, by, at)


def missed(customer: CustomerAccount) -> list[AutoInvoicingRun]:
    """Months that passed during a pause and wait to be caught up, oldest first."""
    runs = customer.auto_runs.filter(result=AutoInvoicingRun.Result.FAILED, reason=PAUSED)
    return list(runs.order_by("period"))


def _record(
    customer: CustomerAccount,
    before: AutoInvoicing | None,
    after: AutoInvoicing,
    by: User | None,
    at: datetime,
) -> None:
    old, new = _shown(before), _shown(after)
    if old != new:
        record(
            customer=customer,
            actor=by,
            action="auto_invoicing_changed",
            about=customer.code,
            before=old,
            after=new,
            at=at,
        )


def _shown(settings: AutoInvoicing | None) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SHOWN} if settings else {}
