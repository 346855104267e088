"""The invoiceable amount in words: what adds up to it, what waits and until when."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from finance_console.doors.refusals import Link, remedy
from finance_console.kernel.errors import DomainError, refusal_of
from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem
from invoicing.queries.askable import Askable
from invoicing.queries.invoiceable import Invoiceable, Line, Waiting

EXPLANATION = {
    "prepaid_cash": _("Prepaid, paid in cash"),
    "postpaid_cash": _("Pay-as-you-go, paid in cash"),
    "refunded": _("Refunded"),
    "invoiced": _("Already invoiced"),
    "in_progress": _("Applications in progress"),
    "offset": _("Offset against refunds"),
    "later_statement": _("Goes with a later month's statement"),
    "lapsed": _("Lapsed: the account is closed"),
}
WAITING = {
    "resource_pending": _("Orders whose resources are still being created"),
    "bill_not_generated": _("Usage that is not on a bill yet"),
    "not_yet_available": _("Paid, but not invoiceable yet"),
    "next_statement": _("Of months that are invoiced already: goes with a later statement"),
    "marketplace_wait": _("Marketplace purchases in their waiting time"),
    "credit_not_repaid": _("Paid on credit that is not repaid yet"),
    "not_eligible": _("Purchases that cannot be invoiced here"),
    "bill_not_settled": _("Bills that are not paid yet"),
    "account_closed": _("Lapsed: the account is closed"),
    "not_payer": _("Orders that another account paid for"),
    "not_invoiceable_fund": _("Paid with vouchers, coupons, rebates or gift balance"),
}
UNTIL = {
    "resource_pending": _("once they are created"),
    "bill_not_generated": _("once the bill is generated"),
    "credit_not_repaid": _("as soon as you recharge"),
    "not_eligible": _("contact sales"),
    "bill_not_settled": _("as soon as they are settled"),
    "not_payer": _("contact your agent"),
    "not_invoiceable_fund": _("never: only cash is invoiced"),
}


@dataclass(frozen=True, slots=True)
class Row:
    words: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What is not counted yet: what, how much, from when or until what, and who can help."""

    words: str
    amount: Decimal
    when: str
    fix: Link | None = None


def explanation_rows(lines: list[Line]) -> list[Row]:
    """The lines of the sum, in words."""
    return [Row(str(EXPLANATION[line.code]), line.amount) for line in lines]


def now_rows(amounts: Invoiceable, now: Askable) -> list[Row]:
    """What leads from open less deficits to what can be asked for now; nothing where that is the same."""
    elsewhere, rows = amounts.deficit - now.offset, []
    if elsewhere > 0:
        rows.append(Row(gettext("Refunds that nothing open offsets yet"), elsewhere))
    if elsewhere < 0:
        rows.append(Row(gettext("Goes into refunds of the marketplace"), elsewhere))
    if now.blocked:
        rows.append(Row(gettext("Held back until they are covered"), -now.blocked))
    return rows


def waiting_rows(waiting: list[Waiting], payers: Sequence[str] = ()) -> list[WaitingRow]:
    """What is not counted, one row per reason and day, soonest first.

    `payers`: who may ask for what they paid, where others paid for the customer (C28).
    """
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in waiting:
        sums[part.reason, when(part.reason, part.available_at)] += part.amount
    return [
        WaitingRow(
            str(WAITING[reason]),
            amount,
            _who_may(payers) if reason == "not_payer" and payers else until,
            remedy(DomainError(reason)) if reason and refusal_of(reason).ticket else None,
        )
        for (reason, until), amount in sums.items()
    ]


def _who_may(payers: Sequence[str]) -> str:
    return gettext("ask %(payers)s: who paid asks for the invoice") % {"payers": ", ".join(payers)}


def when(reason: str, available_at: datetime | None) -> str:
    """From which day, or what has to happen."""
    if available_at is not None:
        return gettext("from %(day)s") % {"day": f"{timezone.localtime(available_at):%Y-%m-%d}"}
    return str(UNTIL.get(reason, ""))


def why_not_now(item: InvoiceableItem, at: datetime) -> str:
    """Why this item cannot be invoiced at `at`; "" when it can."""
    if item.available_at is not None and item.available_at <= at:
        return ""
    later = when(item.waiting_reason, item.available_at)
    return gettext("%(reason)s: %(when)s") % {"reason": WAITING[item.waiting_reason], "when": later}
