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
from ledger.queries.listings import bills_of


@require_POST
@acts
def get_proforma(request: ConsoleRequest, bill_id: int) -> HttpResponse:
    """Ask for the proformas of a bill, once, and show the ticket with the drafts on it."""
    bill = bills_of(request.acting.customer).filter(pk=bill_id).first()
    if bill is None:
        raise Http404
    made = request_proforma(bill=bill, by=request.user, at=moment())
    ticket_id = made[0].ticket_id
    if ticket_id is None:
        return addresses.redirect("ledger:bill", bill.pk)
    return addresses.redirect("accounts:ticket", ticket_id)


@require_POST
@acts
def confirm(request: ConsoleRequest, proforma_id: int) -> HttpResponse:
    """The draft is right: staff seal it next."""
    proforma = Proforma.objects.filter(customer=request.acting.customer, pk=proforma_id).first()
    if proforma is None:
        raise Http404
    confirm_proforma(proforma=proforma, by=request.user, at=moment())
    messages.success(request, gettext("%(number)s is confirmed.") % {"number": proforma.number})
    if proforma.ticket_id is None:
        return addresses.redirect("ledger:bill", proforma.bill_id)
    return addresses.redirect("accounts:ticket", proforma.ticket_id)


@require_GET
@console
def scan(request: ConsoleRequest, proforma_id: int, number: str) -> FileResponse:
    """The scan with the seal, to save."""
    mine = Proforma.objects.filter(customer=request.acting.customer, pk=proforma_id, number=number)
    proforma = mine.select_related("sealed_scan").first()
    if proforma is None or proforma.sealed_scan is None:
        raise Http404
    return download(proforma.sealed_scan)
