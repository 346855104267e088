"""Following applications: the list, one with everything, taking it back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.views.acting import ConsoleRequest, acts, console
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import Page, number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.forms.selection import again
from invoicing.models import InvoiceApplication
from invoicing.presenters.applications import (
    action_rows,
    application_row,
    is_late,
    receivable,
    timeline,
)
from invoicing.presenters.invoice_cards import invoice_cards
from invoicing.queries import listings
from invoicing.services.reviewing import deciding
from invoicing.services.shipping.sending import FEE


@require_GET
@console
def applications(request: ConsoleRequest) -> HttpResponse:
    """Applications, newest first, each with its next step and a date."""
    at = moment()
    shown_page = page(listings.applications(request.acting.customer), number(request.GET))
    rows = [application_row(row, request.user, at) for row in shown_page.rows]
    shown = Page(rows=rows, older=shown_page.older, is_first=shown_page.is_first)
    return render(request, "invoicing/applications.html", {"page": shown})


@require_GET
@console
def application(request: ConsoleRequest, application_id: int) -> HttpResponse:
    """One application: history, amounts, invoices with lines and files."""
    application_shown, at = _mine(request, application_id), moment()
    context = {
        "row": application_row(application_shown, request.user, at),
        "steps": timeline(application_shown, list(application_shown.changes.all())),
        "invoices": invoice_cards(application_shown),
        "members": listings.covered(application_shown),
        "receivable": receivable(application_shown, request.user, at),
        "fee": FEE,
        "again": again(application_shown).query
        if _may_ask_again(request, application_shown)
        else "",
        "may_change": request.acting.may_ask
        and any(
            not row.reason for row in action_rows(application_shown, request.user, at, "change")
        ),
        "readdress": [
            row
            for row in action_rows(application_shown, request.user, at, "change_address")
            if row.code == "address_fixed"
        ],
        "too_long": refusals.ticket("waiting", application_shown.number)
        if is_late(application_shown, at)
        else None,
    }
    return render(request, "invoicing/application.html", context)


@require_http_methods(["GET", "POST"])
@acts
def withdraw(request: ConsoleRequest, application_id: int) -> HttpResponse:
    """Ask once more, then take the application back; its amounts can be invoiced again."""
    application, at = _mine(request, application_id), moment()
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            deciding.withdraw(application=application, actor=request.user, at=at)
        except DomainError as error:
            refusal = error
            application = _mine(request, application_id)
        else:
            messages.success(
                request, gettext("%(number)s is withdrawn.") % {"number": application.number}
            )
            return addresses.redirect("invoicing:application", application.pk)
    context = {
        "row": application_row(application, request.user, at),
        "error": refusals.sentence(refusal) if refusal else "",
    }
    status = refusals.status(refusal) if refusal else 200
    return render(request, "invoicing/withdraw.html", context, status=status)


def _may_ask_again(request: ConsoleRequest, application: InvoiceApplication) -> bool:
    """Returned or taken back: the same can be asked for once more (A45, SC-73)."""
    ended = {InvoiceApplication.Status.REJECTED, InvoiceApplication.Status.WITHDRAWN}
    return request.acting.may_ask and application.status in ended


def _mine(request: ConsoleRequest, application_id: int) -> InvoiceApplication:
    application = listings.application_detail(request.acting.customer, application_id)
    if application is None:
        raise Http404
    return application
