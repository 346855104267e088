"""Invoices, proformas and detail lists as PDF/A-3a. `painting` says what holds for all of them."""

from typing import Any

from invoicing.documents import painting
from invoicing.documents.face import Mark, place, title_of
from invoicing.documents.face_html import face_context
from invoicing.documents.painting import Attachment, one_at_a_time
from invoicing.documents.proforma import commercial_context, proforma_context
from invoicing.documents.qr import qr_text
from invoicing.documents.snapshot import (
    CommercialInvoiceSnapshot,
    InvoiceSnapshot,
    ProformaSnapshot,
)

XML_NAME = "original_invoice.xml"


def lay_out(snapshot: InvoiceSnapshot, *, mark: Mark | None = None) -> Any:
    """The pages of an invoice or credit note as a WeasyPrint document, for `write_pdf` and for other writers.

    Hold `painting.one_at_a_time` until the last of them is done: the document's fonts belong to the process.
    Raises `DoesNotFit` or `DocumentToolMissing` (naming the Debian package).
    """
    return painting.lay_out("invoice", _html(snapshot, mark))


def write_pdf(document: Any, snapshot: InvoiceSnapshot, xml: bytes | None = None) -> bytes:
    """The PDF of what `lay_out` gave, with the invoice's XML inside. Raises `MissingGlyph`, naming the characters."""
    inside = Attachment(XML_NAME, xml, "EInvoice", snapshot.issued_on) if xml else None
    return painting.write(document, snapshot.digest(), inside)


def render_invoice(
    snapshot: InvoiceSnapshot, *, xml: bytes | None = None, mark: Mark | None = None
) -> bytes:
    """The PDF of an invoice or credit note, 210 x 140 mm, several pages when its rows do not fit on one.

    With a `mark` it is another document than the original: a copy, or an invoice that was credited.
    Raises `DoesNotFit`, `MissingGlyph` (naming the characters) or `DocumentToolMissing` (naming the Debian package).
    """
    with one_at_a_time:
        return write_pdf(lay_out(snapshot, mark=mark), snapshot, xml)


def render_proforma(snapshot: ProformaSnapshot) -> bytes:
    """The PDF of a proforma invoice, A4, in English. Raises as `render_invoice`."""
    return painting.render(
        "proforma", proforma_context(snapshot), snapshot.issued_on, snapshot.digest()
    )


def render_commercial(snapshot: CommercialInvoiceSnapshot) -> bytes:
    """The face of a commercial invoice, A4, in English; `facturx` puts its XML inside. Raises as `render_invoice`."""
    return painting.render(
        "commercial", commercial_context(snapshot), snapshot.issued_on, snapshot.digest()
    )


def _html(snapshot: InvoiceSnapshot, mark: Mark | None) -> str:
    context = face_context(place(snapshot, mark), qr_text(snapshot), snapshot.verify_url)
    context |= {"title": f"{title_of(snapshot)} {snapshot.number}", "author": snapshot.seller.name}
    return painting.fill("invoice", context, snapshot.issued_on)
