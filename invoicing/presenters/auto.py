"""Auto-invoicing in words: why a run failed (it keeps the code, not the values), and when the next one is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Prefetch, Sum, prefetch_related_objects
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import month_of, next_month, previous_month
from finance_console.kernel.errors import codes, refusal_of
from finance_console.kernel.money import ZERO
from invoicing.models import AutoInvoicing, AutoInvoicingRun, Claim, InvoiceApplication
from invoicing.presenters.standing import application_badge
from invoicing.queries.policies import policy_of
from invoicing.services.auto.facts import late_items
from invoicing.services.auto.rehearsing import EARLIER
from invoicing.services.auto.running import PAUSED, verdict_now
from invoicing.services.auto.settings import due_at

Result = AutoInvoicingRun.Result
RESULTS = Result.choices
STATES = {Result.FAILED: "rejected", Result.NOTHING: "cancelled"}

REASONS = {
    "insufficient_amount": _("Less could be invoiced than the month amounted to."),
    "deficit_not_covered": _("An earlier refund was not covered by the month."),
    "title_incomplete": _("The invoice title was incomplete."),
    "registration_mismatch": _("The title differed from your registration."),
    "tax_id_invalid": _("Special invoices need the tax ID of 18 characters on the title."),
    "title_not_approved": _("The company title was not approved for your account."),
    "remarks_too_long": _("The remark was too long."),
    PAUSED: _("Auto-invoicing was paused when the month was due."),
    "medium_not_allowed": _("This form of invoice was not offered."),
    "month_already_invoiced": _("The month was already invoiced."),
    "nothing_but_offset": _("Nothing was left to invoice after refunds."),
    EARLIER: _("Includes what became invoiceable after the run of its own month."),
}


def reason_of_run(code: str) -> str:
    """A sentence a customer understands."""
    if code in REASONS:
        return gettext(REASONS[code])
    return gettext(refusal_of(code).sentence) if code in codes() else code


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as pages show it; `again`: it failed, and can be tried again or caught up."""

    run: AutoInvoicingRun
    label: str
    state: str
    reason: str
    again: bool


def run_row(run: AutoInvoicingRun) -> RunRow:
    """A month that passed during a pause is called so, not a failure; what was applied for says where it stands."""
    paused = run.reason == PAUSED
    asked = application_badge(run.application) if run.application else None
    return RunRow(
        run=run,
        label=gettext("Missed") if paused else asked.words if asked else run.get_result_display(),
        state="pending" if paused else asked.state if asked else STATES[Result(run.result)],
        reason=reason_of_run(run.reason),
        again=run.result == Result.FAILED,
    )


def months_of(run: AutoInvoicingRun) -> list[tuple[str, Decimal]]:
    """What its invoices are of each month, in order; [] where all of it is of one month."""
    claims = Claim.objects.filter(line__invoice__application=run.application_id)
    sums = claims.order_by().values_list("item__period").annotate(sum=Sum("amount"))
    periods = sorted(sums) if run.application_id else []
    return periods if len(periods) > 1 else []


@dataclass(frozen=True, slots=True)
class Late:
    """What earlier months left, so far: the next run takes it along. `query`: applying for it now."""

    months: str
    amount: Decimal
    query: str


def late_of(settings: AutoInvoicing, at: datetime, period: str) -> Late | None:
    """What the run for `period` would take along of earlier months; None: nothing."""
    customer = settings.customer
    if policy_of(customer).max_requests_per_month is not None:
        return None
    covered = {customer.pk: settings.first_period}
    late_items_of = late_items(covered=covered, period=period, at=at)
    months = sorted({item.period for item in late_items_of})
    query = urlencode({"method": InvoiceApplication.Method.MONTH, "month": months}, doseq=True)
    total = sum((item.amount for item in late_items_of), ZERO)
    return Late(", ".join(months), total, query) if late_items_of else None


@dataclass(frozen=True, slots=True)
class Offer:
    """An amount that can be applied for now, and the query of the page to confirm it."""

    amount: Decimal
    query: str


def offer_of(customer: CustomerAccount, run: AutoInvoicingRun, at: datetime) -> Offer | None:
    """What of a month that was too much can be had now, with one click (D12)."""
    if run.result != Result.FAILED or run.reason != "insufficient_amount":
        return None
    verdict = verdict_now(customer=customer, period=run.period, at=at)
    if verdict is None or not verdict.offer:
        return None
    query = {"method": verdict.offer_by}
    if verdict.offer_by == InvoiceApplication.Method.MONTH:
        query["month"] = run.period
    else:
        query["amount"] = str(verdict.offer)
    return Offer(verdict.offer, urlencode(query))


def is_offered(customer: CustomerAccount) -> bool:
    """Whether the customer can have it: the profile runs it, and VAT invoices are for China (C29, B13)."""
    if customer.is_overseas or customer.currency != "CNY":
        return False
    return policy_of(customer).auto_invoice_day is not None


def settings_of(customer: CustomerAccount) -> AutoInvoicing | None:
    """The customer's settings, on or off, with their title; asked once for all that a page shows."""
    wanted = Prefetch("auto_invoicing", AutoInvoicing.objects.select_related("title"))
    prefetch_related_objects([customer], wanted)
    return getattr(customer, "auto_invoicing", None)


@dataclass(frozen=True, slots=True)
class NextRun:
    """When auto-invoicing runs next, and for which month."""

    at: datetime
    period: str


def next_run(customer: CustomerAccount, at: datetime, first_period: str = "") -> NextRun | None:
    """The first run after `at` for a month from `first_period` on; None where the profile has none."""
    policy = policy_of(customer)
    period = max(previous_month(month_of(at, customer.tz)), first_period)
    while (due := due_at(policy, customer, period)) is not None:
        if due > at:
            return NextRun(due, period)
        period = next_month(period)
    return None
