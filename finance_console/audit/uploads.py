"""Checks of uploaded files: each has its content, and belongs to the customer whose papers it is with (I20)."""

from collections.abc import Collection

from accounts.models import UploadedFile
from accounts.services.requests.uploading import is_stored
from finance_console.audit.check import Check

NAME = "every uploaded file has its content"

ATTACHED = """
    SELECT d.uploadedfile_id AS file, r.customer_id AS customer, 'certification' AS attached_to
    FROM accounts_certificationrequest_documents d
    JOIN accounts_certificationrequest r ON r.id = d.certificationrequest_id
    UNION ALL SELECT d.uploadedfile_id, a.customer_id, 'title application'
    FROM invoicing_titleapplication_documents d
    JOIN invoicing_titleapplication a ON a.id = d.titleapplication_id
    UNION ALL SELECT f.uploadedfile_id, t.customer_id, 'ticket'
    FROM accounts_ticketmessage_files f JOIN accounts_ticketmessage m ON m.id = f.ticketmessage_id
    JOIN accounts_ticket t ON t.id = m.ticket_id
    UNION ALL SELECT sealed_scan_id, customer_id, 'proforma'
    FROM invoicing_proforma WHERE sealed_scan_id IS NOT NULL
    UNION ALL SELECT c.certificate_id, a.customer_id, 'copy of a lost invoice'
    FROM invoicing_invoicecopy c JOIN invoicing_invoice v ON v.id = c.invoice_id
    JOIN invoicing_invoiceapplication a ON a.id = v.application_id
"""

CHECKS = (
    Check(
        "an uploaded file belongs to the customer whose papers it is with",
        f"""SELECT a.file, a.customer, a.attached_to FROM ({ATTACHED}) a
           JOIN accounts_uploadedfile u ON u.id = a.file WHERE u.customer_id <> a.customer""",
    ),
)


def lost(limit: int, read: Collection[str]) -> tuple[str, ...]:
    """Files whose content is gone, has another size or (of the parts `read`) other bytes, at most `limit`."""
    missing: list[str] = []
    for file in UploadedFile.objects.order_by("pk").iterator(chunk_size=2000):
        if len(missing) == limit:
            break
        if not is_stored(file, thorough=file.sha256[:2] in read):
            missing.append(f"file {file.pk}, customer {file.customer_id}")
    return tuple(missing)
