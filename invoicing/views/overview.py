"""The first page: what needs the customer, what can be invoiced and why, money, latest applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.models import CustomerAccount
from accounts.views.acting import Acting, ConsoleRequest, console
from finance_console.doors import addresses, refusals
from finance_console.kernel.calendar import month_of
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import money
from invoicing.forms.selection import again
from invoicing.models import AutoInvoicingRun, InvoiceApplication
from invoicing.presenters.amounts import explanation_rows, now_rows, waiting_rows
from invoicing.presenters.applications import application_row, timeline
from invoicing.presenters.auto import next_run, reason_of_run, settings_of
from invoicing.presenters.chart import chart
from invoicing.queries import listings
from invoicing.queries.askable import Askable, askable_of
from invoicing.queries.invoiceable import Invoiceable, invoiceable
from invoicing.queries.policies import policy_of
from invoicing.services.asking.offering import why_not
from ledger.models import Bill, LedgerAccount
from ledger.presenters.payouts import line_rows
from ledger.queries.balances import fund_balances, withdrawable
from ledger.queries.listings import bills_of, cash_by_month, months_until

LATEST = 4
MONTHS = 6
RECENT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that needs the customer: what, why, and the link that settles it."""

    level: str
    headline: str
    text: str
    url: str
    link: str


@require_GET
@console
def overview(request: ConsoleRequest) -> HttpResponse:
    """Everything at a glance, as of now."""
    customer, at = request.acting.customer, moment()
    amounts = invoiceable(customer, at)
    recent = list(
        listings.applications(customer).prefetch_related("changes__actor").order_by("-pk")[:LATEST]
    )
    balances = fund_balances(customer)
    auto = settings_of(customer)
    is_on = auto is not None and auto.enabled
    leaving = withdrawable(customer)
    rows = [application_row(row, request.user, at) for row in recent]
    now = askable_of({customer.pk: amounts.opened}, amounts.owed, policy_of(customer), at)
    off = _why_off(request.acting, now, at)
    context = {
        "why_off": refusals.sentence(off) if off else "",
        "why_off_fix": refusals.remedy(off) if off else None,
        "at": at,
        "invoiceable": amounts,
        "now": now,
        "explanation": explanation_rows(list(amounts.explanation)) + now_rows(amounts, now),
        "waiting": waiting_rows(list(amounts.waiting), _payers(customer, amounts)),
        "funds": [(LedgerAccount.Bucket(name).label, amount) for name, amount in balances.items()],
        "balance": balances["cash"],
        "withdrawable": leaving.available,
        "held": [line for line in line_rows(leaving) if line.why],
        "funds_total": sum(balances.values(), Decimal("0.00")),
        "chart": chart(cash_by_month(customer, months_until(month_of(at, customer.tz), MONTHS))),
        "rows": rows,
        "latest": rows[0] if rows else None,
        "steps": timeline(recent[0], _changes(recent[0])) if recent else [],
        "notices": _notices(request.acting, recent, at),
        "auto": auto if is_on else None,
        "auto_next": next_run(customer, at, auto.first_period) if auto and is_on else None,
    }
    return render(request, "invoicing/overview.html", context)


def _why_off(acting: Acting, askable_now: Askable, at: datetime) -> DomainError | None:
    """Why whoever may act cannot ask for an invoice now, beside the button (B61)."""
    if not acting.may_ask or acting.customer.is_overseas:
        return None
    customer = acting.customer
    return why_not(customer=customer, owners=(customer,), askable_now=askable_now, at=at)


def _payers(customer: CustomerAccount, amounts: Invoiceable) -> Sequence[str]:
    others = any(row.reason == "not_payer" for row in amounts.waiting)
    return listings.invoicing_payers(customer) if others else []


def _changes(application: InvoiceApplication) -> list[Any]:
    return sorted(application.changes.all(), key=lambda change: change.pk)


def _notices(acting: Acting, recent: list[InvoiceApplication], at: datetime) -> list[Notice]:
    customer = acting.customer
    notices = [*_unsettled(customer), *_failed_run(customer, at)]
    if recent and recent[0].status == InvoiceApplication.Status.REJECTED:
        notices.append(_returned(recent[0], may_act=acting.may_ask))
    if not customer.is_overseas:
        notices += _missing(customer)
    return notices


def _returned(application: InvoiceApplication, *, may_act: bool) -> Notice:
    text = gettext("%(reason)s The amount %(total)s can be invoiced again.") % {
        "reason": application.reason,
        "total": money(application.total.amount),
    }
    url = addresses.url("invoicing:select") + "?" + again(application).query if may_act else ""
    return Notice(
        "bad",
        gettext("Application %(number)s was returned:") % {"number": application.number},
        text,
        url,
        gettext("Correct and resubmit"),
    )


def _unsettled(customer: CustomerAccount) -> list[Notice]:
    owed = bills_of(customer).filter(status=Bill.Status.UNSETTLED).order_by("generated_at", "pk")
    return [
        Notice(
            "bad",
            gettext("The bill %(number)s is not settled:") % {"number": bill.number},
            gettext("your balance does not cover %(total)s. It is settled as soon as you recharge.")
            % {"total": money(bill.total.amount)},
            addresses.url("ledger:bill", bill.pk),
            gettext("See the bill"),
        )
        for bill in owed[:1]
    ]


def _failed_run(customer: CustomerAccount, at: datetime) -> list[Notice]:
    last = AutoInvoicingRun.objects.filter(customer=customer).order_by("-period").first()
    if last is None or last.result != AutoInvoicingRun.Result.FAILED or at - last.ran_at > RECENT:
        return []
    return [
        Notice(
            "warn",
            gettext("Auto-invoicing of %(period)s did not work:") % {"period": last.period},
            reason_of_run(last.reason),
            addresses.url("invoicing:auto"),
            gettext("See auto-invoicing"),
        )
    ]


def _missing(customer: CustomerAccount) -> list[Notice]:
    url, link = addresses.url("invoicing:titles"), gettext("Titles and recipients")
    missing = []
    account = CustomerAccount.objects.filter(pk=customer.pk)
    has_both = account.values_list(Exists(customer.titles.all()), Exists(customer.emails.all()))
    has_title, has_email = has_both.get()
    if not has_title:
        text = gettext("an application needs the name block of the buyer.")
        missing.append(Notice("warn", gettext("No invoice title yet:"), text, url, link))
    if not has_email:
        text = gettext("electronic invoices are sent there.")
        missing.append(Notice("warn", gettext("No recipient email yet:"), text, url, link))
    return missing
