"""The first step of applying for invoices: what is asked for."""

from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.views.acting import ConsoleRequest, acts
from finance_console.doors import refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.forms.selection import Selection
from invoicing.presenters.accounts import accounts, asked_by_parent
from invoicing.queries.askable import askable
from invoicing.queries.policies import policy_of
from invoicing.services.asking.offering import why_not
from invoicing.views.methods import METHODS, Wanted

NOT_AT_ALL = {"account_closed", "overseas_proforma_only"}
"""Refusals of the account, whatever it asks for."""


@require_GET
@acts
def select(request: ConsoleRequest) -> HttpResponse:
    """Step 1: by order, by month or by amount, as the profile offers."""
    return select_page(request, request.GET, moment())


def select_page(
    request: ConsoleRequest, data: QueryDict, at: datetime, error: DomainError | None = None
) -> HttpResponse:
    """The selection as `data` has it, with the refusal that led back to it."""
    customer = request.acting.customer
    if error is None and (customer.is_overseas or customer.currency != "CNY"):
        error = DomainError("overseas_proforma_only")
    if customer.is_closed:
        error = DomainError("account_closed")
    policy = policy_of(customer)
    selection = Selection.read(data, policy)
    choice = accounts(customer, selection.members)
    wanted = Wanted(data=data, selection=selection, policy=policy, accounts=choice, at=at)
    askable_now = askable(choice.chosen, policy, at)
    off = None
    if error is None:
        off = why_not(customer=customer, owners=choice.chosen, askable_now=askable_now, at=at)
    offset_alone = off is not None and off.code == "nothing_but_offset"
    context = {
        "policy": policy,
        "selection": selection,
        "accounts": choice,
        "asked_by_parent": asked_by_parent(customer),
        "found": askable_now,
        "error": refusals.sentence(error) if error else "",
        "remedy": refusals.remedy(error) if error else None,
        "blocked": error is not None and error.code in NOT_AT_ALL,
        "why_off": refusals.sentence(off) if off else "",
        "off": off is not None and (not offset_alone or selection.method == "amount"),
        "why_off_fix": refusals.remedy(off) if off else None,
        **METHODS[selection.table](wanted),
    }
    only_looking = context["blocked"] and request.method == "GET"
    status = refusals.status(error) if error and not only_looking else 200
    return render(request, "invoicing/select.html", context, status=status)
