"""Auto-invoicing in words: why a run failed (it keeps the code, not the values), and when the next one is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import month_of, next_month, previous_month
from finance_console.kernel.errors import SENTENCES
from invoicing.domain import profiles
from invoicing.services.auto_invoicing import due_at

REASONS = {
    "insufficient_amount": _("Less could be invoiced than the month amounted to."),
    "deficit_not_covered": _("An earlier refund was not covered by the month."),
    "title_incomplete": _("The invoice title was incomplete."),
    "title_mismatch": _("The title differed from your certification."),
    "medium_not_allowed": _("This form of invoice was not offered."),
    "month_already_invoiced": _("The month was already invoiced."),
    "below_minimum": _("Nothing was left to invoice after refunds."),
}


def reason_of_run(code: str) -> str:
    """A sentence a customer understands."""
    return gettext(REASONS.get(code) or SENTENCES.get(code, code)) if code else ""


def is_offered(customer: CustomerAccount) -> bool:
    """Whether the customer can have it: the profile runs it, and VAT invoices are for China (C29, B13)."""
    if customer.is_overseas or customer.currency != "CNY":
        return False
    return profiles.get(customer.profile).auto_invoice_day is not None


@dataclass(frozen=True, slots=True)
class NextRun:
    """When auto-invoicing runs next, and for which month."""

    at: datetime
    period: str


def next_run(customer: CustomerAccount, at: datetime, first_period: str = "") -> NextRun | None:
    """The first run after `at` for a month from `first_period` on; None where the profile has none."""
    policy = profiles.get(customer.profile)
    period = max(previous_month(month_of(at, customer.tz)), first_period)
    while (due := due_at(policy, customer, period)) is not None:
        if due > at:
            return NextRun(due, period)
        period = next_month(period)
    return None
