"""Renderings beside the original: the copy of a lost invoice, and what was credited since. The issued bytes never change."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from invoicing.documents import pdf
from invoicing.documents.face import COPY, Mark, credited
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import Invoice


def mark_of(invoice: Invoice) -> Mark | None:
    """How the customer's PDF of an invoice is marked since it was issued; None while it is as issued (SC-78)."""
    if not invoice.credited_gross:
        return None
    numbers = invoice.credit_notes.order_by("position").values_list("number", flat=True)
    return credited(tuple(numbers), partly=invoice.credited_gross < invoice.gross.amount)


def marked_pdf(invoice: Invoice, mark: Mark) -> bytes:
    """The PDF of an issued invoice with `mark` on it. Rendered once, then kept: it is no original, and may be lost."""
    key = f"{invoice.snapshot_sha256} {mark.stamp} {mark.note}"
    path = f"marked/{hashlib.sha256(key.encode()).hexdigest()}.pdf"
    try:
        with default_storage.open(path) as file:
            return bytes(file.read())
    except FileNotFoundError:
        content = pdf.render_invoice(InvoiceSnapshot.from_json(invoice.snapshot), mark=mark)
        default_storage.save(path, ContentFile(content))
        return content


def copy_pdf(invoice: Invoice) -> bytes:
    """The copy of a lost invoice, marked COPY (B63, SC-111). The original stays what it is."""
    return marked_pdf(invoice, COPY)
