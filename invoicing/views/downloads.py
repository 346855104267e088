"""What a downloaded document is called, and the headers it travels with."""

import io
import re
from collections.abc import Iterable
from datetime import datetime

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import CreditNote, Invoice

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "xml": "application/xml",
    "csv": "text/csv; charset=utf-8",
}
_LONGEST_BUYER = 60


def file_name(document: Invoice | CreditNote, extension: str, suffix: str = "") -> str:
    """`dzfp_<number>_<buyer>_<yyyyMMddHHmmss>.<extension>` with the moment of issue in the customer's time zone.

    Letters and digits of any script are kept, so nothing in it means anything to a header, a shell or a file system.
    """
    frozen = InvoiceSnapshot.from_json(document.snapshot)
    buyer = re.sub(r"[^\w（）()]", "", frozen.buyer.name)[:_LONGEST_BUYER]
    return f"dzfp_{frozen.number}_{buyer}_{_stamp(document.issued_at)}{suffix}.{extension}"


def _stamp(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y%m%d%H%M%S}" if moment else ""


def download(content: bytes, name: str) -> HttpResponseBase:
    """A file to keep, never shown inside a page and never kept by a cache."""
    kind = CONTENT_TYPES[name.rpartition(".")[2]]
    return _headed(FileResponse(io.BytesIO(content), content_type=kind), name)


def streamed(lines: Iterable[str], name: str) -> HttpResponseBase:
    """The same for a file that is written while it is sent."""
    kind = CONTENT_TYPES[name.rpartition(".")[2]]
    return _headed(StreamingHttpResponse(lines, content_type=kind), name)


def _headed(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
