"""The English proforma for overseas customers."""

import io
from decimal import Decimal

from pypdf import PdfReader

from invoicing.documents.pdf import render_proforma
from invoicing.documents.snapshot import ProformaLine
from tests.documents import reading
from tests.documents.samples import proforma


def test_it_says_who_owes_whom_how_much_until_when_and_that_it_is_no_tax_invoice() -> None:
    text = reading.text(render_proforma(proforma(specimen=True)))
    for expected in (
        "PROFORMA INVOICE",
        "Not a tax invoice",
        "PROFORMA INVOICE – not a tax invoice",
        "Spruce Example Cloud (HK) Limited",
        "Hong Kong",
        "百灵分析",
        "Singapore",
        "202600042K",
        "PF-2026-000042",
        "5 March 2026",
        "4 April 2026",
        "1–28 February 2026",
        "Elastic compute, 4 × 8 vCPU",
        "4,612.35",
        "USD 7,847.61",
        "000-123456-789",
        "SPECIMEN",
        "Page 1 of 1",
    ):
        assert expected in text


def test_it_is_a4_and_figures_are_aligned_to_the_right_margin() -> None:
    pdf = render_proforma(proforma())
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    assert {round(reading.word(pdf, figure).right, 1) for figure in ("4,612.35", "285.20")} == {
        190.0
    }


def test_a_long_one_repeats_its_heads_and_numbers_its_pages() -> None:
    lines = tuple(ProformaLine(f"Usage line {i}", Decimal("1.01")) for i in range(60))
    pdf = render_proforma(proforma(lines=lines, specimen=False))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert [f"Page {i} of {len(pages)}" in page for i, page in enumerate(pages, 1)] == [True] * len(
        pages
    )
    assert all("Proforma invoice PF-2026-000042" in page for page in pages)
    assert len(pages) == 3
    assert all("Amount (USD)" in page for page in pages[:2])
    text = "\n".join(pages)
    assert all(f"Usage line {i}\n" in text or f"Usage line {i} " in text for i in range(60))
    assert "SPECIMEN" not in text
    assert "USD 60.60" in pages[-1]


def test_an_unknown_country_is_printed_as_it_is() -> None:
    assert "Atlantis" in reading.text(
        render_proforma(
            proforma(buyer=proforma().buyer.__class__("Sunken Ltd", country="Atlantis"))
        )
    )
