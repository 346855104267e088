"""Closing the account: the checklist first, then one confirmed step that cannot be taken back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.views.acting import ConsoleRequest, acts
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.presenters.closing import checklist_rows
from invoicing.queries.closing import checklist
from invoicing.services.closing import close_account


@require_http_methods(["GET", "POST"])
@acts
def close(request: ConsoleRequest) -> HttpResponse:
    """What closing would end; posting closes, if that is still what the person saw (SC-108)."""
    at, problem, status = moment(), "", 200
    if request.method == "POST":
        status = refusals.UNPROCESSABLE
        if request.POST.get("understood") != "yes":
            problem = gettext("Tick the box: closing cannot be taken back.")
        else:
            try:
                close_account(
                    customer=request.acting.customer,
                    by=request.user,
                    seen=request.POST.get("seen", "-") or "-",
                    at=at,
                )
            except DomainError as error:
                problem, status = refusals.sentence(error), refusals.status(error)
            else:
                messages.success(request, gettext("The account is closed."))
                return addresses.redirect("invoicing:overview")
    checklist_now = checklist(request.acting.customer, at)
    context = {
        "found": checklist_now,
        "rows": checklist_rows(checklist_now, request.acting.customer.currency),
        "problem": problem,
    }
    return render(request, "invoicing/close_account.html", context, status=status)
