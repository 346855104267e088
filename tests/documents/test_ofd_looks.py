"""The OFD looks like the PDF: every dot, and every text in its place."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from invoicing.documents.ofd.rendering import InvoiceFiles, render_invoice_files
from invoicing.documents.snapshot import InvoiceSnapshot
from tests.documents import reading
from tests.documents.ofd_reading import Ofd
from tests.documents.samples import invoice, line

XML = b"<EInvoice/>"


@pytest.fixture(scope="module")
def files() -> InvoiceFiles:
    return render_invoice_files(invoice(), attachment=XML)


def _strangers(one: Image.Image, other: Image.Image) -> int:
    """How many pixels that are clearly inked in `one` have nothing near them in `other`."""
    inked = one.point(lambda v: 255 * (v < 235))
    near = other.filter(ImageFilter.MinFilter(5)).point(lambda v: 255 * (v >= 250))
    return ImageChops.darker(inked, near).histogram()[255]


@pytest.mark.parametrize(
    "snapshot",
    [
        invoice(),
        invoice(line("云服务器", "-500"), credit_of="26991000000000000007", specimen=False),
        invoice(*(line(f"喆{i}䶮", f"{i}.07", quantity=Decimal("0.3")) for i in range(1, 10))),
    ],
    ids=["blue specimen", "red", "two pages"],
)
def test_it_looks_like_the_pdf(snapshot: InvoiceSnapshot, tmp_path: Path) -> None:
    files = render_invoice_files(snapshot, attachment=XML)
    ofd = Ofd(files.ofd)
    for i, number in enumerate(ofd.pages, start=1):
        drawn = ofd.picture(number)
        assert drawn.size == (2100, 1400)
        wanted = reading.picture(files.pdf, tmp_path, i).convert("L").crop((0, 0, *drawn.size))
        assert _strangers(drawn, wanted) + _strangers(wanted, drawn) < 20
        # So the comparison would notice 0.4 mm, or one character that is not there.
        assert _strangers(ImageChops.offset(drawn, 4, 0), wanted) > 10_000
        drawn.paste(255, (1540, 110, 1572, 142))
        assert _strangers(wanted, drawn) > 20


def test_texts_stand_where_the_pdf_has_them(files: InvoiceFiles) -> None:
    words, (page,) = reading.words(files.pdf), Ofd(files.ofd).pages
    runs = list(Ofd(files.ofd).runs(page))
    once = {
        text
        for found in (words, runs)
        for text, times in Counter(each.text for each in found).items()
        if times == 1
    } & {word.text for word in words}
    places = {word.text: word for word in words}
    compared = [(run, places[run.text]) for run in runs if run.text in once]
    assert len(compared) > 30
    assert max(abs(run.x - word.left) for run, word in compared) < 0.1
    assert all(word.top < run.y < word.bottom for run, word in compared)
