"""Auto-invoicing: how last month is invoiced by itself, when next, and switching it on and off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.views.acting import ConsoleRequest, acts, console
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import Page, number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks
from invoicing.forms.auto import DEFAULT, OWN, AutoInvoicingForm
from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceTitle
from invoicing.presenters.auto import RESULTS, is_offered, late_of, next_run, run_row, settings_of
from invoicing.presenters.types import type_label
from invoicing.queries.policies import policy_of
from invoicing.services.auto import settings as auto_invoicing


@require_GET
@console
def auto(request: ConsoleRequest) -> HttpResponse:
    """On or off, the settings, what was missed, the next run and the past ones."""
    customer = request.acting.customer
    settings = settings_of(customer)
    runs = AutoInvoicingRun.objects.filter(customer=customer).select_related("application")
    runs = runs.prefetch_related("application__invoices")
    chosen = request.GET.get("result", "")
    if chosen in AutoInvoicingRun.Result.values:
        runs = runs.filter(result=chosen)
    runs_page = page(runs, number(request.GET))
    enabled, at = settings is not None and settings.enabled, moment()
    following = next_run(customer, at, settings.first_period if settings else "")
    context = {
        "settings": settings,
        "type": type_label(settings.kind, settings.medium) if settings else "",
        "offered": is_offered(customer),
        "next": following,
        "late": late_of(settings, at, following.period)
        if settings and enabled and following
        else None,
        "missed": auto_invoicing.missed(customer) if enabled else [],
        "has_members": customer.members.exists(),
        "results": RESULTS,
        "chosen": chosen,
        "kept": f"result={chosen}" if chosen in AutoInvoicingRun.Result.values else "",
        "page": Page(
            rows=[run_row(run) for run in runs_page.rows],
            older=runs_page.older,
            is_first=runs_page.is_first,
        ),
    }
    return render(request, "invoicing/auto.html", context)


@require_http_methods(["GET", "POST"])
@acts
def auto_on(request: ConsoleRequest) -> HttpResponse:
    """Choose title, type, recipient and remarks, see it once more, and confirm to enable (A54)."""
    customer, at = request.acting.customer, moment()
    if not is_offered(customer):
        return addresses.redirect("invoicing:auto")
    settings = settings_of(customer)
    form = AutoInvoicingForm(
        request.POST or None,
        customer=customer,
        policy=policy_of(customer),
        initial=_initial(settings),
    )
    context: dict[str, object] = {"form": form, "settings": settings, "error": ""}
    if request.method == "POST" and "edit" not in request.POST and form.is_valid():
        if "confirm" not in request.POST:
            context["next"] = next_run(customer, at, _first_period(settings))
            return render(request, "invoicing/auto_confirm.html", context | _chosen(form))
        try:
            _enable(request, form)
        except DomainError as error:
            context["error"] = refusals.sentence(error)
        else:
            messages.success(request, gettext("Auto-invoicing is on."))
            return addresses.redirect("invoicing:auto")
    wrong = form.is_bound and "edit" not in request.POST
    status = refusals.UNPROCESSABLE if wrong else 200
    return render(request, "invoicing/auto_on.html", context, status=status)


def _enable(request: ConsoleRequest, form: AutoInvoicingForm) -> None:
    chosen, values = form.chosen_type, form.cleaned_data
    assert chosen is not None
    auto_invoicing.enable(
        customer=request.acting.customer,
        title=_title(form),
        kind=chosen.kind,
        medium=chosen.medium,
        recipient_email=values["recipient_email"],
        note=values["note"],
        by=request.user,
        at=moment(),
    )


def _title(form: AutoInvoicingForm) -> InvoiceTitle:
    return next(title for title in form.titles if title.pk == form.cleaned_data["title"])


def _chosen(form: AutoInvoicingForm) -> dict[str, object]:
    """What the page to confirm shows."""
    chosen = form.chosen_type
    assert chosen is not None
    note = form.cleaned_data["note"]
    return {
        "title": _title(form),
        "type": chosen.label,
        "note": note,
        "remark_words": remarks.lint(note, form.policy.remark_words),
    }


def _first_period(settings: AutoInvoicing | None) -> str:
    return settings.first_period if settings and settings.enabled else ""


@require_http_methods(["GET", "POST"])
@acts
def auto_off(request: ConsoleRequest) -> HttpResponse:
    """Ask once more, then switch it off."""
    if request.method == "POST":
        auto_invoicing.disable(customer=request.acting.customer, at=moment(), by=request.user)
        messages.success(request, gettext("Auto-invoicing is off."))
        return addresses.redirect("invoicing:auto")
    return render(request, "invoicing/auto_off.html")


def _initial(settings: AutoInvoicing | None) -> dict[str, object]:
    if settings is None:
        return {}
    return {
        "title": settings.title_id,
        "type": f"{settings.kind}-{settings.medium}",
        "recipient_email": settings.recipient_email,
        "populate": OWN if settings.remarks else DEFAULT,
        "note": settings.remarks,
    }
