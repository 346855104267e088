"""Documents to keep: invoice PDFs and proformas, for their owner only."""

import structlog
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.acting import ConsoleRequest, acts, console
from finance_console.kernel.clock import moment
from invoicing.models import InvoiceFile, Proforma
from invoicing.queries import invoices_of
from invoicing.services.filing import path_of
from invoicing.services.proforma import make_proformas
from ledger.listings import bills_of

log = structlog.get_logger(__name__)


@require_GET
@console
def invoice_pdf(request: ConsoleRequest, invoice_id: int, number: str) -> HttpResponseBase:
    """The PDF of an issued invoice; nothing for others', before issue and before it is rendered."""
    invoice = invoices_of(request.acting.customer).filter(pk=invoice_id, number=number).first()
    file = InvoiceFile.objects.filter(invoice=invoice).first() if invoice else None
    if file is None:
        raise Http404
    return _download(file.sha256, f"{number}.pdf")


@require_GET
@console
def proforma_pdf(request: ConsoleRequest, proforma_id: int, number: str) -> HttpResponseBase:
    """The PDF of a proforma of this customer."""
    mine = Proforma.objects.filter(customer=request.acting.customer)
    found = mine.filter(pk=proforma_id, number=number).first()
    if found is None:
        raise Http404
    return _download(found.sha256, f"{number}.pdf")


@require_POST
@acts
def get_proforma(request: ConsoleRequest, bill_id: int) -> HttpResponse:
    """Make the proformas of a bill, once, and show them on it."""
    bill = bills_of(request.acting.customer).filter(pk=bill_id).first()
    if bill is None:
        raise Http404
    make_proformas(bill=bill, at=moment())
    return redirect("ledger:bill", bill.pk)


def _download(sha256: str, name: str) -> FileResponse:
    try:
        stored = default_storage.open(path_of(sha256))
    except FileNotFoundError:
        log.error("document_file_missing", sha256=sha256)
        raise Http404 from None
    response = FileResponse(
        stored, as_attachment=True, filename=name, content_type="application/pdf"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
