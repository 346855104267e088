"""Auto-invoicing: last month, on the 5th, exactly once per customer and month (A22, A51, A52)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import CustomerAccount
from accounts.outbox import enqueue
from accounts.services.locking import lock_customer, require_open
from finance_console.kernel.calendar import (
    first_day,
    local_time,
    month_of,
    next_month,
    previous_month,
)
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy
from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceApplication, InvoiceTitle
from invoicing.queries import available_items, invoiceable
from invoicing.services.applying import submit
from invoicing.services.asking import Ask

HOUR = 2
BATCH = 200
Result = AutoInvoicingRun.Result


def due_at(policy: Policy, customer: CustomerAccount, period: str) -> datetime | None:
    """When `period` is invoiced: 02:00 of the profile's day of the next month, local; None: never."""
    if policy.auto_invoice_day is None:
        return None
    day = first_day(next_month(period)).replace(day=policy.auto_invoice_day)
    return local_time(day, HOUR, customer.tz)


@transaction.atomic
def enable(
    *,
    customer: CustomerAccount,
    title: InvoiceTitle,
    kind: str,
    medium: str,
    recipient_email: str,
    at: datetime,
) -> AutoInvoicing:
    """Switch auto-invoicing on; months whose run has passed are not made up for (SC-97).

    Raises `method_not_allowed` where the profile has no auto-invoicing, `overseas_proforma_only`
    and `account_closed`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    if not customer.gets_vat_invoices:
        raise DomainError("overseas_proforma_only")
    policy = profiles.get(customer.profile)
    last = previous_month(month_of(at, customer.tz))
    due = due_at(policy, customer, last)
    if due is None:
        raise DomainError(
            "method_not_allowed", method="auto-invoicing", methods=", ".join(policy.methods)
        )
    settings, _created = AutoInvoicing.objects.update_or_create(
        customer=customer,
        defaults={
            "enabled": True,
            "first_period": last if at <= due else next_month(last),
            "title": title,
            "kind": kind,
            "medium": medium,
            "recipient_email": recipient_email,
            "changed_at": at,
        },
    )
    return settings


@transaction.atomic
def disable(*, customer: CustomerAccount, at: datetime) -> None:
    """Switch it off. Off already is fine."""
    lock_customer(customer.pk)
    AutoInvoicing.objects.filter(customer=customer).update(enabled=False, changed_at=at)


def run_due(*, at: datetime) -> int:
    """Run every enabled (customer, month) that is due and has no run yet. Returns how many.

    A catch-up, not an alarm clock: late, twice or in parallel, each pair runs exactly once,
    because its row is unique and is written in the transaction of its effect (SC-91, SC-92).
    """
    done, after = 0, 0
    while chunk := _waiting(at, after):
        for settings in chunk:
            done += _run_months(settings, at)
        after = chunk[-1].pk
    return done


def _waiting(at: datetime, after: int) -> list[AutoInvoicing]:
    """Enabled settings without a run for the month before the current one."""
    last = previous_month(f"{at:%Y-%m}")
    ran = AutoInvoicingRun.objects.filter(customer=OuterRef("customer"), period__gte=last)
    enabled = AutoInvoicing.objects.filter(enabled=True, pk__gt=after, first_period__lte=last)
    rows = enabled.filter(~Exists(ran)).select_related("customer").order_by("pk")
    return list(rows[:BATCH])


def _run_months(settings: AutoInvoicing, at: datetime) -> int:
    """The months of one customer that are due and have not run, oldest first."""
    customer = settings.customer
    policy = profiles.get(customer.profile)
    ran = set(customer.auto_runs.values_list("period", flat=True))
    done, period = 0, settings.first_period
    while (due := due_at(policy, customer, period)) is not None and due <= at:
        if period not in ran:
            done += _run(customer, period, at)
        period = next_month(period)
    return done


@transaction.atomic
def _run(customer: CustomerAccount, period: str, at: datetime) -> bool:
    customer = lock_customer(customer.pk)
    settings = AutoInvoicing.objects.get(customer=customer)
    taken = AutoInvoicingRun.objects.filter(customer=customer, period=period).exists()
    if taken or not settings.enabled:
        return False
    run = AutoInvoicingRun(customer=customer, period=period, ran_at=at)
    own = available_items(customer, at).filter(marketplace=False, period=period)
    run.total = sum((item.open for item in own), Decimal("0.00"))
    if not run.total:
        run.result = Result.NOTHING
    else:
        try:
            with transaction.atomic():
                _check_amounts(customer, run.total, at)
                run.application = _apply(customer, settings, period, at)
            run.result = Result.ISSUED
        except DomainError as error:
            run.result, run.reason = Result.FAILED, error.code
            enqueue(
                customer=customer,
                topic="auto_invoicing_failed",
                about=period,
                values={"period": period, "reason": str(error), "code": error.code},
                at=at,
            )
    run.save()
    return True


def _check_amounts(customer: CustomerAccount, total: Decimal, at: datetime) -> None:
    """The account's invoiceable amount covers the month, deficits counted (A51, SC-94)."""
    available = invoiceable(customer, at).available
    if available < total:
        raise DomainError("insufficient_amount", available=available, total=total)


def _apply(
    customer: CustomerAccount, settings: AutoInvoicing, period: str, at: datetime
) -> InvoiceApplication:
    ask = Ask(
        method=InvoiceApplication.Method.MONTH,
        months=(period,),
        kind=settings.kind,
        medium=settings.medium,
        title_id=settings.title_id,
        recipient_email=settings.recipient_email or None,
    )
    return submit(
        customer=customer,
        ask=ask,
        at=at,
        actor=None,
        idempotency_key=f"auto:{period}",
        source=InvoiceApplication.Source.AUTOMATIC,
    )
