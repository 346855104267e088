"""Customers overseas: asking for the proforma of a bill, confirming the draft, the sealed scan (B13, SC-110)."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.downloads import download
from finance_console.doors import addresses
from finance_console.kernel.clock import moment
from invoicing.models import Proforma
from invoicing.services.overseas.proforma import confirm_proforma, request_proforma
from ledger.models import Order
from ledger.queries.listings import bills_of


@require_POST
@acts
def get_proforma(request: ConsoleRequest, bill_id: int) -> HttpResponse:
    """Ask for the proformas of a bill, once, and show the ticket with the drafts on it."""
    bill = bills_of(request.acting.customer).filter(pk=bill_id).first()
    if bill is None:
        raise Http404
    return _to(request_proforma(sold=bill, by=request.user, at=moment())[0])


@require_POST
@acts
def get_order_proforma(request: ConsoleRequest, order_id: int) -> HttpResponse:
    """Ask for the proforma of a prepaid order, once, and show the ticket with the draft on it."""
    paid = Order.objects.filter(payer=request.acting.customer)
    order = paid.select_related("charge", "payer").filter(pk=order_id).first()
    if order is None:
        raise Http404
    return _to(request_proforma(sold=order, by=request.user, at=moment())[0])


def _to(proforma: Proforma) -> HttpResponse:
    """The ticket it is on, else what it is of."""
    if proforma.ticket_id is not None:
        return addresses.redirect("accounts:ticket", proforma.ticket_id)
    if proforma.order_id is not None:
        return addresses.redirect("ledger:order", proforma.order_id)
    return addresses.redirect("ledger:bill", proforma.bill_id)


@require_POST
@acts
def confirm(request: ConsoleRequest, proforma_id: int) -> HttpResponse:
    """The draft is right: staff seal it next."""
    proforma = Proforma.objects.filter(customer=request.acting.customer, pk=proforma_id).first()
    if proforma is None:
        raise Http404
    confirm_proforma(proforma=proforma, by=request.user, at=moment())
    messages.success(request, gettext("%(number)s is confirmed.") % {"number": proforma.number})
    return _to(proforma)


@require_GET
@console
def scan(request: ConsoleRequest, proforma_id: int, number: str) -> FileResponse:
    """The scan with the seal, to save."""
    mine = Proforma.objects.filter(customer=request.acting.customer, pk=proforma_id, number=number)
    proforma = mine.select_related("sealed_scan").first()
    if proforma is None or proforma.sealed_scan is None:
        raise Http404
    return download(proforma.sealed_scan)
