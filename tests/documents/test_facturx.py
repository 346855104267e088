"""Factur-X: a PDF/A-3 for people with the same invoice inside for programs."""

import io
import time
from xml.etree import ElementTree

import facturx as factur_x
from pypdf import PdfReader

from invoicing.documents.facturx import FILE_NAME, render_facturx
from invoicing.documents.facturx_xml import render_cii
from tests.documents import reading
from tests.documents.samples_overseas import commercial, picture

_RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def test_the_xml_inside_is_the_invoice_byte_for_byte() -> None:
    pdf = render_facturx(commercial())
    name, inside = factur_x.get_facturx_xml_from_pdf(pdf, check_xsd=True)
    assert (name, inside) == (FILE_NAME, render_cii(commercial()))
    root = ElementTree.fromstring(inside)
    assert [due.text for due in root.iter(f"{_RAM}DuePayableAmount")] == ["7847.61"]
    assert next(code.text for code in root.iter(f"{_RAM}TypeCode")) == "380"


def test_people_see_the_same_invoice() -> None:
    text = reading.text(render_facturx(commercial()))
    assert "COMMERCIAL INVOICE" in text
    assert "USD 7,847.61" in text


def test_the_file_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(render_facturx(commercial(seal=picture()))))
    catalog = reader.root_object
    xmp = catalog["/Metadata"].get_data().decode()
    assert xmp.count("<rdf:RDF") == 1
    for expected in (
        "<pdfaid:part>3<",
        "<pdfaid:conformance>A<",
        "<fx:DocumentType>INVOICE<",
        f"<fx:DocumentFileName>{FILE_NAME}<",
        "<fx:ConformanceLevel>EN 16931<",
        "<xmp:CreateDate>2026-03-05T00:00:00+08:00<",
        "<xmp:ModifyDate>2026-03-05T00:00:00+08:00<",
    ):
        assert expected in xmp
    (attached,) = catalog["/AF"].get_object()
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    assert catalog["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert catalog["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"] == "D:20260305000000+08'00'"
    assert reader.metadata["/ModDate"] == "D:20260305000000+08'00'"
    assert reader.metadata.title == "Commercial invoice CI-2026-000007"


def test_the_same_snapshot_is_the_same_file_a_second_later() -> None:
    first, started = render_facturx(commercial()), int(time.time())
    while int(time.time()) == started:
        pass
    assert render_facturx(commercial()) == first
    assert render_facturx(commercial(notes="")) != first
