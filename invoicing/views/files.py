"""Documents to keep: the files of invoices and credit notes, proformas, for their owner only."""

from collections.abc import Iterator

import structlog
from django.http import Http404, HttpResponseBase
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from accounts.views.acting import ConsoleRequest, console
from invoicing.documents.errors import DocumentError
from invoicing.models import CreditNote, Invoice, InvoiceFile, Proforma
from invoicing.queries.invoiceable import invoices_of
from invoicing.services.issuing import filing, marking
from invoicing.services.issuing.charge_list import detail_csv, detail_pdf
from invoicing.services.overseas import drafting
from invoicing.views.downloads import download, file_name, streamed

log = structlog.get_logger(__name__)


@require_GET
@console
def invoice_file(
    request: ConsoleRequest, invoice_id: int, number: str, extension: str
) -> HttpResponseBase:
    """A file of an issued invoice; nothing for others', before issue and before it is made (A48, SC-78).

    The PDF of an invoice that was credited since is a marked rendering; what was issued is kept as it was.
    """
    invoice = _mine(request, invoice_id, number)
    file = invoice.files.filter(format=extension).first()
    if file is None:
        raise Http404
    mark = marking.mark_of(invoice) if extension == "pdf" else None
    content = marking.marked_pdf(invoice, mark) if mark else _content(file)
    return download(content, file_name(invoice, extension))


@require_GET
@console
def invoice_copy(request: ConsoleRequest, invoice_id: int, number: str) -> HttpResponseBase:
    """The copy of a lost invoice, marked COPY, once it was granted (B63)."""
    invoice = _mine(request, invoice_id, number)
    if not invoice.copies.exists():
        raise Http404
    return download(marking.copy_pdf(invoice), file_name(invoice, "pdf", "_copy"))


@require_GET
@console
def invoice_details(
    request: ConsoleRequest, invoice_id: int, number: str, extension: str
) -> HttpResponseBase:
    """The charges behind an issued invoice, as PDF or CSV."""
    invoice = _mine(request, invoice_id, number)
    name = file_name(invoice, extension, "_details")
    if extension == "pdf":
        return download(detail_pdf(invoice), name)
    if extension != "csv":
        raise Http404
    language, tz = translation.get_language(), request.acting.customer.tz

    def lines() -> Iterator[str]:  # sent after the view returned: say again for whom
        with translation.override(language), timezone.override(tz):
            yield from detail_csv(invoice)

    return streamed(lines(), name)


@require_GET
@console
def credit_note_file(
    request: ConsoleRequest, credit_note_id: int, number: str, extension: str
) -> HttpResponseBase:
    """A file of a red invoice on an invoice of this customer."""
    notes = CreditNote.objects.filter(invoice__in=invoices_of(request.acting.customer))
    note = notes.filter(pk=credit_note_id, number=number).first()
    file = note.files.filter(format=extension).first() if note else None
    if note is None or file is None:
        raise Http404
    return download(_content(file), file_name(note, extension))


@require_GET
@console
def proforma_file(
    request: ConsoleRequest, proforma_id: int, number: str, extension: str
) -> HttpResponseBase:
    """A proforma or commercial invoice of this customer as PDF, or as UBL for its programs."""
    mine = Proforma.objects.filter(customer=request.acting.customer)
    proforma = mine.filter(pk=proforma_id, number=number).first()
    making = {"pdf": drafting.pdf_of, "xml": drafting.ubl_of}.get(extension)
    if proforma is None or making is None:
        raise Http404
    try:
        content = making(proforma)
    except DocumentError:
        log.exception("document_not_made", number=number, extension=extension)
        raise Http404 from None
    return download(content, f"{number}.{extension}")


def _mine(request: ConsoleRequest, invoice_id: int, number: str) -> Invoice:
    """An issued invoice of this customer, or a 404."""
    mine = invoices_of(request.acting.customer).filter(number__isnull=False)
    invoice = mine.filter(pk=invoice_id, number=number).first()
    if invoice is None:
        raise Http404
    return invoice


def _content(file: InvoiceFile) -> bytes:
    try:
        return filing.content_of(file)
    except filing.FileLost:
        raise Http404 from None  # logged where it was found; the audit names it
