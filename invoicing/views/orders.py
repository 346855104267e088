"""Giving an order up. It is here and not in the ledger, because it says what it does to invoices."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.acting import ConsoleRequest, acts
from finance_console import refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.queries import deficit_forecast
from ledger.models import Order
from ledger.order_page import may_unsubscribe
from ledger.order_views import my_order
from ledger.services.order_changes import unsubscribe as give_up
from ledger.services.order_changes import unsubscribe_preview


@require_http_methods(["GET", "POST"])
@acts
def unsubscribe(request: ConsoleRequest, order_id: int) -> HttpResponse:
    """What comes back, what stays invoiceable and whether a deficit opens; then do it."""
    found, at = my_order(request, order_id), moment()
    if request.method == "POST" and found.status == Order.Status.UNSUBSCRIBED:
        return redirect("ledger:order", found.pk)  # confirmed twice
    preview, deficit, refusal = None, None, None
    try:
        may_unsubscribe(found, request.acting.customer, at)
        preview = unsubscribe_preview(found, at)
        deficit = deficit_forecast(found.charge, preview.returned)
        if request.method == "POST":
            if request.POST.get("seen") != str(preview.returned):
                raise DomainError("confirm_amount_changed", amount=preview.returned)
            give_up(order=found, at=at)
            messages.success(
                request, gettext("%(number)s is unsubscribed.") % {"number": found.number}
            )
            return redirect("ledger:order", found.pk)
    except DomainError as error:
        refusal = error
    context = {
        "order": found,
        "preview": preview,
        "deficit": deficit,
        "error": refusals.sentence(refusal) if refusal else "",
    }
    failed = refusal if request.method == "POST" else None
    return render(
        request,
        "invoicing/unsubscribe.html",
        context,
        status=refusals.status(failed) if failed else 200,
    )
