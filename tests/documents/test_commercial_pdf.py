"""The English commercial invoice, its pictures and its second code."""

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from invoicing.documents import png
from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.pdf import render_commercial, render_proforma
from invoicing.documents.snapshot import CommercialInvoiceSnapshot, ProformaSnapshot
from tests.documents import reading
from tests.documents.samples import proforma
from tests.documents.samples_overseas import LINK, commercial, picture


def test_it_says_who_owes_whom_and_which_proforma_came_before() -> None:
    text = reading.text(render_commercial(commercial(terms="30 days net", specimen=True)))
    for expected in (
        "COMMERCIAL INVOICE",
        "CI-2026-000007",
        "PF-2026-000042",
        "30 days net",
        "Spruce Example Cloud (HK) Limited",
        "USD 7,847.61",
        "no VAT is charged",
        "SPECIMEN",
        "Page 1 of 1",
    ):
        assert expected in text
    assert "Not a tax invoice" not in text
    assert "For and on behalf of" not in text


def _images(pdf: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_logo_seal_and_code_fit_on_one_page() -> None:
    full = commercial(
        logo=picture("navy", 300, 80), seal=picture(), verify_url=LINK, terms="30 days net"
    )
    pdf = render_commercial(full)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert _images(pdf) - _images(render_commercial(commercial())) >= 2
    assert "For and on behalf of Spruce Example Cloud (HK) Limited" in reading.text(pdf)


def test_the_seal_is_drawn_in_its_colour(tmp_path: Path) -> None:
    sealed = render_commercial(commercial(seal=picture()))
    colours = reading.picture(sealed, tmp_path).getcolors(1 << 24) or []
    assert sum(count for count, colour in colours if colour == (255, 0, 0)) > 5000


def test_the_second_code_leads_to_the_link_and_is_there_only_with_one(tmp_path: Path) -> None:
    with_link = reading.picture(render_proforma(proforma(verify_url=LINK)), tmp_path)
    assert [code.text for code in zxingcpp.read_barcodes(with_link)] == [LINK]
    without = reading.picture(render_proforma(proforma()), tmp_path)
    assert zxingcpp.read_barcodes(without) == []


def test_the_same_snapshot_with_pictures_is_the_same_file() -> None:
    first = commercial(seal=picture(), logo=picture("navy"))
    second = CommercialInvoiceSnapshot.from_json(first.to_json())
    assert render_commercial(first) == render_commercial(second)
    assert render_commercial(first) != render_commercial(replace(first, seal=picture("maroon")))


def test_both_snapshots_survive_their_json() -> None:
    full = commercial(seal=picture(), verify_url=LINK)
    assert CommercialInvoiceSnapshot.from_json(full.to_json()) == full
    draft = proforma(logo=picture())
    assert ProformaSnapshot.from_json(draft.to_json()) == draft


def _png(side: int) -> bytes:
    made = io.BytesIO()
    Image.new("L", (side, 20)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("pictured", "problem"),
    [
        ("not base64!", "seal is not a PNG"),
        (base64.b64encode(b"GIF89a").decode(), "seal is not a PNG"),
        (base64.b64encode(_png(40)[:60]).decode(), "seal is not a whole PNG"),
        (base64.b64encode(_png(40)).decode() + "\n", "control character|not a PNG"),
        (base64.b64encode(_png(2001)).decode(), "larger than 2000 pixels"),
        (base64.b64encode(_png(40) + b"\0" * png.MAX_BYTES).decode(), "larger than 256 kB"),
    ],
)
def test_a_picture_that_is_none_or_too_large_is_refused(pictured: str, problem: str) -> None:
    with pytest.raises(InvalidSnapshot, match=problem):
        commercial(seal=pictured)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lines": ()}, "1 to 2000 lines"),
        ({"currency": "usd"}, "ISO 4217"),
        ({"number": " "}, "needs a number"),
    ],
)
def test_a_commercial_invoice_that_contradicts_itself_is_refused(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidSnapshot, match=problem):
        commercial(**changes)
