"""Auto-invoicing: how last month is invoiced by itself, when next, and what happened so far."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.acting import ConsoleRequest, acts, console
from finance_console.kernel.clock import moment
from finance_console.paging import Page, number, page
from finance_console.refusals import UNPROCESSABLE
from invoicing.domain import profiles
from invoicing.forms import AutoInvoicingForm
from invoicing.models import AutoInvoicing, AutoInvoicingRun
from invoicing.presenters.runs import is_offered, next_run, reason_of_run
from invoicing.presenters.types import type_label
from invoicing.services import auto_invoicing


@require_GET
@console
def auto(request: ConsoleRequest) -> HttpResponse:
    """On or off, the settings, the next run and the past ones."""
    customer = request.acting.customer
    settings = AutoInvoicing.objects.filter(customer=customer).select_related("title").first()
    runs = AutoInvoicingRun.objects.filter(customer=customer).select_related("application")
    found = page(runs, number(request.GET))
    context = {
        "settings": settings,
        "type": type_label(settings.kind, settings.medium) if settings else "",
        "offered": is_offered(customer),
        "next": next_run(customer, moment(), settings.first_period if settings else ""),
        "page": Page(
            rows=[(run, reason_of_run(run.reason)) for run in found.rows],
            older=found.older,
            is_first=found.is_first,
        ),
    }
    return render(request, "invoicing/auto.html", context)


@require_http_methods(["GET", "POST"])
@acts
def auto_on(request: ConsoleRequest) -> HttpResponse:
    """Choose title, type and recipient, and switch it on (or change them)."""
    customer = request.acting.customer
    if not is_offered(customer):
        return redirect("invoicing:auto")
    policy = profiles.get(customer.profile)
    settings = AutoInvoicing.objects.filter(customer=customer).first()
    form = AutoInvoicingForm(
        request.POST or None, customer=customer, policy=policy, initial=_initial(settings)
    )
    if request.method == "POST" and form.is_valid():
        chosen, values = form.chosen_type, form.cleaned_data
        assert chosen is not None
        auto_invoicing.enable(
            customer=customer,
            title=next(title for title in form.titles if title.pk == values["title"]),
            kind=chosen.kind,
            medium=chosen.medium,
            recipient_email=values["recipient_email"],
            at=moment(),
        )
        messages.success(request, gettext("Auto-invoicing is on."))
        return redirect("invoicing:auto")
    context = {"form": form, "settings": settings}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "invoicing/auto_on.html", context, status=status)


@require_http_methods(["GET", "POST"])
@acts
def auto_off(request: ConsoleRequest) -> HttpResponse:
    """Ask once more, then switch it off."""
    if request.method == "POST":
        auto_invoicing.disable(customer=request.acting.customer, at=moment())
        messages.success(request, gettext("Auto-invoicing is off."))
        return redirect("invoicing:auto")
    return render(request, "invoicing/auto_off.html")


def _initial(settings: AutoInvoicing | None) -> dict[str, object]:
    if settings is None:
        return {}
    return {
        "title": settings.title_id,
        "type": f"{settings.kind}-{settings.medium}",
        "recipient_email": settings.recipient_email,
    }
