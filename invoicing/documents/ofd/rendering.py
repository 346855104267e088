"""The door: an invoice snapshot as OFD, or as PDF and OFD out of one layout, which is the dear part of both."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from invoicing.documents.ofd.canvas import MM_PER_PIXEL
from invoicing.documents.ofd.faces import Face, faces
from invoicing.documents.ofd.package import Contents, Page, package
from invoicing.documents.ofd.recorder import Picture, Recorder
from invoicing.documents.painting import one_at_a_time
from invoicing.documents.pdf import lay_out, write_pdf
from invoicing.documents.snapshot import InvoiceSnapshot

_ENLARGED = 8


@dataclass(frozen=True)
class InvoiceFiles:
    """The PDF and the OFD of one invoice."""

    pdf: bytes
    ofd: bytes


def render_invoice_files(snapshot: InvoiceSnapshot, *, attachment: bytes) -> InvoiceFiles:
    """PDF and OFD of an invoice or credit note, both with `attachment`, its EInvoice XML, inside.

    Raises as `render_invoice` does, and `NotInOfd` when the template uses what OFD cannot show.
    """
    with one_at_a_time:
        document = lay_out(snapshot)
        pdf = write_pdf(document, snapshot, attachment)
        used = faces(document.fonts.values())
        pages, pictures = _record(document, used)
    contents = Contents(snapshot, pages, used, pictures, attachment)
    return InvoiceFiles(pdf, package(contents))


def render_ofd(snapshot: InvoiceSnapshot, *, attachment: bytes) -> bytes:
    """The OFD file alone; see `render_invoice_files`."""
    return render_invoice_files(snapshot, attachment=attachment).ofd


def _record(
    document: Any, used: Mapping[str, Face]
) -> tuple[list[Page], dict[str, tuple[str, bytes]]]:
    """The pages of a document whose PDF is written, and the pictures on them."""
    pages, placed = [], dict[str, Picture]()
    for page in document.pages:
        recorder = Recorder(document.fonts, used)
        page.paint(recorder)
        size = (page.width * MM_PER_PIXEL, page.height * MM_PER_PIXEL)
        pages.append(Page(size, recorder.objects()))
        placed |= recorder.pictures
    pictures = {
        key: ("qrcode.png" if picture.name == "qr" else f"image_{i}.png", _png(picture))
        for i, (key, picture) in enumerate(placed.items())
    }
    return pages, pictures


def _png(picture: Picture) -> bytes:
    """The picture's file. Viewers of OFD smooth what they enlarge, so a code that must stay sharp is enlarged here."""
    with Image.open(io.BytesIO(picture.content)) as small:
        shades = set(small.convert("L").tobytes())
        if picture.smooth or not shades <= {0, 255}:
            return picture.content
        written = io.BytesIO()
        size = (small.width * _ENLARGED, small.height * _ENLARGED)
        small.convert("1").resize(size, Image.Resampling.NEAREST).save(written, "PNG")
    return written.getvalue()
