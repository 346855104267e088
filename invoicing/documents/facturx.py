"""Factur-X: the commercial invoice as a PDF/A-3a that carries itself as EN 16931 in CII, for people and for programs.

factur-x embeds the XML; it stamps the moment of the embedding, so the stamps are set to the day of the invoice afterwards
and the file gets its identifier from the snapshot: the same snapshot gives the same bytes. It writes level B; what it was
given is of level A, and stays so.
"""

import io
import re
from datetime import date
from typing import Any

from invoicing.documents import pdf
from invoicing.documents.facturx_xml import render_cii
from invoicing.documents.snapshot import CommercialInvoiceSnapshot

FILE_NAME = "factur-x.xml"
_VERSION = "%PDF-1.7"
_LEVEL = re.compile(rb"(<pdfaid:conformance>)B")
_STAMP = re.compile(rb"(<xmp:(?:Create|Modify)Date>)[^<]*")


def render_facturx(snapshot: CommercialInvoiceSnapshot) -> bytes:
    """The PDF of a commercial invoice with its CII inside. Raises as `pdf.render_invoice` and `render_cii`."""
    # Imported here: only a process that makes such a document needs lxml and pypdf.
    from facturx import generate_from_binary

    xml = render_cii(snapshot)
    hybrid = generate_from_binary(
        pdf.render_commercial(snapshot),
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,  # ours is checked by the tests, with the official rules
        pdf_metadata={
            "author": snapshot.seller.name,
            "title": f"Commercial invoice {snapshot.number}",
            "subject": f"Commercial invoice {snapshot.number}",
            "keywords": "Factur-X",
        },
        lang="en",
        afrelationship="alternative",
        xmp_compression=False,
    )
    return _dated(hybrid, snapshot.issued_on, bytes.fromhex(snapshot.digest())[:16])


def _dated(content: bytes, day: date, identifier: bytes) -> bytes:
    """`content` with every time stamp at midnight of `day` and `identifier` as its own."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, ByteStringObject, NameObject, TextStringObject

    stamp = day.strftime("D:%Y%m%d000000+08'00'")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.pdf_header = _VERSION
    writer.add_metadata({"/CreationDate": stamp, "/ModDate": stamp, "/Producer": "pypdf"})
    catalog: Any = writer.root_object
    xmp = catalog["/Metadata"].get_object()
    iso = f"{day.isoformat()}T00:00:00+08:00".encode()
    described = _STAMP.sub(rb"\g<1>" + iso, xmp.get_data())
    xmp.set_data(_LEVEL.sub(rb"\g<1>A", described))
    for attached in catalog["/AF"].get_object():
        embedded = attached.get_object()["/EF"]["/F"].get_object()
        embedded["/Params"][NameObject("/ModDate")] = TextStringObject(stamp)
    writer._ID = ArrayObject([ByteStringObject(identifier)] * 2)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
