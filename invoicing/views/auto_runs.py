"""One month of auto-invoicing: what came of it, what unblocks it, and trying it again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts.views.acting import ConsoleRequest, acts, console
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.models import AutoInvoicing, AutoInvoicingRun
from invoicing.presenters.auto import months_of, offer_of, run_row
from invoicing.services.auto.running import run_again


@require_GET
@console
def auto_run(request: ConsoleRequest, period: str) -> HttpResponse:
    """A run with its reason, the way to put it right, and what is on offer instead (D12)."""
    return _page(request, _mine(request, period))


@require_POST
@acts
def auto_again(request: ConsoleRequest, period: str) -> HttpResponse:
    """Try a failed month again, or catch up one that was missed during a pause (SC-96)."""
    run = _mine(request, period)
    try:
        run = run_again(
            customer=request.acting.customer, period=period, by=request.user, at=moment()
        )
    except DomainError as error:
        return _page(request, run, error)
    if run.application_id is None:
        messages.info(
            request, gettext("Nothing of %(month)s is left to invoice.") % {"month": period}
        )
        return addresses.redirect("invoicing:auto_run", period)
    messages.success(request, gettext("%(month)s is applied for.") % {"month": period})
    return addresses.redirect("invoicing:application", run.application_id)


def _page(
    request: ConsoleRequest, run: AutoInvoicingRun, error: DomainError | None = None
) -> HttpResponse:
    customer = request.acting.customer
    code = error.code if error else run.reason
    context = {
        "row": run_row(run),
        "run": run,
        "months": months_of(run),
        "offer": offer_of(customer, run, moment()),
        "is_on": AutoInvoicing.objects.filter(customer=customer, enabled=True).exists(),
        "error": refusals.sentence(error) if error else "",
        "remedy": refusals.page(code),
    }
    status = refusals.status(error) if error else 200
    return render(request, "invoicing/auto_run.html", context, status=status)


def _mine(request: ConsoleRequest, period: str) -> AutoInvoicingRun:
    runs = AutoInvoicingRun.objects.filter(customer=request.acting.customer, period=period)
    run = runs.select_related("application").first()
    if run is None:
        raise Http404
    return run
