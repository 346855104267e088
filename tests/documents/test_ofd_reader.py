"""The OFD file opened with a reader that knows nothing of ours. Runs where the extra `ofd-reader` is installed.

That reader draws every text in one typeface of its own and every line black, and does not turn text; so this compares
texts and the code, while `test_ofd` compares pictures.
"""

import sys
from pathlib import Path

import pytest
import zxingcpp

from invoicing.documents import fonts
from invoicing.documents.ofd.rendering import render_invoice_files
from invoicing.documents.qr import qr_text
from tests.documents import reading
from tests.documents.samples import invoice, line


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type:
    """The reader's class; it changes the search path and may write into the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    easyofd = pytest.importorskip("easyofd", reason="needs the extra ofd-reader")
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    (song,) = [file for file in fonts.font_files() if file.name == "uming.ttc"]
    pdfmetrics.registerFont(TTFont("宋体", str(song), subfontIndex=0))
    found: type = easyofd.OFD
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", [1, 3, 9], ids=["one row", "three rows", "two pages"])
def test_another_reader_finds_every_character_and_the_code(
    reader: type, tmp_path: Path, rows: int
) -> None:
    snapshot = invoice(*(line(f"云服务器{i}", f"{100 + i}.37") for i in range(rows)))
    files = render_invoice_files(snapshot, attachment=b"<EInvoice/>")
    opened = reader()
    opened.read(files.ofd, fmt="binary")
    drawn: bytes = opened.to_pdf()
    wanted = sorted("".join(reading.text(files.pdf).split()))
    assert sorted("".join(reading.text(drawn).split())) == wanted
    for page in range(1, 1 + (rows > 7)):
        (code,) = zxingcpp.read_barcodes(reading.picture(drawn, tmp_path, page))
        assert code.text == qr_text(snapshot)
