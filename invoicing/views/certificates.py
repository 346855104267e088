"""Templates to print, sign and stamp: the certificate of a lost invoice, and of one that is sent back."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.views.acting import ConsoleRequest, console
from invoicing.models import Invoice, InvoiceApplication
from invoicing.queries.invoiceable import invoices_of

TEMPLATES = {
    "loss": "invoicing/certificate_loss.html",
    "rejection": "invoicing/certificate_rejection.html",
}
ISSUED = (
    Invoice.Status.ISSUED,
    Invoice.Status.SHIPPED,
    Invoice.Status.RECEIVED,
    Invoice.Status.CREDITING,
)


@require_GET
@console
def certificate(request: ConsoleRequest, invoice_id: int, kind: str) -> HttpResponse:
    """The template, filled with what we know; only paper can be lost or sent back (B20, B63)."""
    paper = invoices_of(request.acting.customer).filter(
        medium=InvoiceApplication.Medium.PAPER, status__in=ISSUED
    )
    invoice = paper.select_related("application", "entity").filter(pk=invoice_id).first()
    if kind not in TEMPLATES or invoice is None:
        raise Http404
    return render(
        request, TEMPLATES[kind], {"invoice": invoice, "buyer": invoice.application.buyer}
    )
