"""Filing: frozen content becomes files, stored under their SHA-256."""

import hashlib
from datetime import datetime

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from invoicing.documents import pdf
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import Invoice, InvoiceFile

BATCH = 100
log = structlog.get_logger(__name__)


def path_of(sha256: str) -> str:
    """Where the file with this hash lies in the storage."""
    return f"documents/{sha256[:2]}/{sha256}.pdf"


def store(content: bytes) -> str:
    """Keep `content` under its SHA-256 (hex), which is returned; storing again is harmless."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not default_storage.exists(path_of(sha256)):
        default_storage.save(path_of(sha256), ContentFile(content))
    return sha256


def read(sha256: str) -> bytes:
    """The bytes stored under this hash. Raises FileNotFoundError when they are gone."""
    with default_storage.open(path_of(sha256)) as file:
        return bytes(file.read())


def waiting_for_files(at: datetime) -> list[Invoice]:
    """Issued invoices without a PDF, oldest first."""
    issued = Invoice.objects.filter(status=Invoice.Status.ISSUED, issued_at__lte=at)
    return list(issued.filter(files=None).order_by("issued_at", "pk")[:BATCH])


def render_waiting(*, at: datetime) -> int:
    """Render the PDF of issued invoices that have none. Returns how many were made.

    Rendering happens outside of any lock; two workers may render the same invoice, the bytes are
    the same and one row wins. A document that cannot be rendered is logged and does not stop the
    others: the invoice stays issued (R14).
    """
    made = 0
    for invoice in waiting_for_files(at):
        try:
            made += render(invoice=invoice, at=at)
        except Exception:
            log.exception("document_not_rendered", invoice=invoice.pk)
    return made


def render(*, invoice: Invoice, at: datetime) -> bool:
    """Render and file one issued invoice from its snapshot; False when somebody was faster."""
    content = pdf.render_invoice(InvoiceSnapshot.from_json(invoice.snapshot))
    sha256 = store(content)
    with transaction.atomic():
        _file, created = InvoiceFile.objects.get_or_create(
            invoice=invoice,
            format=InvoiceFile.Format.PDF,
            defaults={"sha256": sha256, "size": len(content), "rendered_at": at},
        )
    return created
