"""What holds for every PDF: embedded fonts, same bytes, no fetching, nothing printed as an empty box."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from django.template import Engine
from pypdf import PdfReader

from invoicing.documents import font_cutting, fonts, painting
from invoicing.documents.errors import DocumentToolMissing, MissingGlyph
from invoicing.documents.pdf import render_invoice, render_proforma
from invoicing.documents.snapshot import Party
from tests.documents import reading
from tests.documents.samples import BUYER, SELLER, invoice, proforma

_RENDER = """
import sys
from invoicing.documents.pdf import render_invoice
from invoicing.documents.snapshot import InvoiceSnapshot
sys.stdout.buffer.write(render_invoice(InvoiceSnapshot.from_json(sys.stdin.buffer.read().decode())))
"""


def test_all_fonts_are_embedded_and_are_ours() -> None:
    found = dict(
        reading.fonts(render_invoice(invoice())) + reading.fonts(render_proforma(proforma()))
    )
    assert set(found.values()) == {True}
    families = ("Face-Kai", "Face-Song", "AR-PL-UMing", "Liberation-Sans", "Liberation-Mono")
    used = {family for family in families for name in found if name.startswith(family)}
    assert used == set(families)
    assert all(name.startswith(families) for name in found)


def test_the_file_says_what_it_is() -> None:
    reader = PdfReader(io.BytesIO(render_invoice(invoice())))
    assert reader.metadata is not None
    assert reader.metadata.title == "电子发票（增值税专用发票） 26991000000000000042"
    assert reader.metadata.author == SELLER.name
    assert reader.metadata["/CreationDate"] == "D:20260305000000+08'00"
    assert reader.root_object["/Lang"] == "zh-CN"
    assert reader.root_object["/MarkInfo"]["/Marked"].value is True
    assert reader.root_object["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    xmp = reader.root_object["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in xmp or "<pdfaid:part>3<" in xmp
    assert 'pdfaid:conformance="A"' in xmp or "<pdfaid:conformance>A<" in xmp


def test_the_same_snapshot_is_the_same_file_in_another_process_place_and_language(
    tmp_path: Path,
) -> None:
    here = [render_invoice(invoice()) for _ in range(2)]
    foreign = {
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "FONTCONFIG_FILE": "/nowhere",
    }
    there = subprocess.run(
        [sys.executable, "-c", _RENDER],
        input=invoice().to_json().encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | foreign | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout
    assert here[0] == here[1] == there


def test_another_snapshot_is_another_file() -> None:
    assert render_invoice(invoice()) != render_invoice(invoice(drawer="李雷"))


def test_threads_do_not_disturb_one_another() -> None:
    expected, made = render_invoice(invoice()), []
    threads = [
        threading.Thread(target=lambda: made.append(render_invoice(invoice()))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [expected] * 3


def test_a_character_without_a_glyph_is_named_instead_of_printed_as_a_box() -> None:
    with pytest.raises(MissingGlyph, match=r"🚀 \(U\+1F680\)") as caught:
        render_invoice(invoice(buyer=Party("青岛🚀示例公司", "91370200MA3C8XTY1Q")))
    assert caught.value.characters == "🚀"
    with pytest.raises(MissingGlyph, match="U\\+1F680"):
        render_proforma(proforma(notes="Rocket 🚀"))


def test_rare_names_print() -> None:
    made = render_invoice(invoice(buyer=Party("喆犇堃昇珺䶮㛃有限公司", "91370200MA3C8XTY1Q")))
    assert "喆犇堃昇珺䶮㛃有限公司" in reading.text(made)


MARKUP = '</p><style>*{color:#0f0}</style><img src="file:///etc/hostname">&amp;"\'{{ 7 }}'


def test_markup_in_names_and_remarks_is_printed_as_it_is_written(tmp_path: Path) -> None:  # R50
    snapshot = invoice(
        buyer=Party(MARKUP, BUYER.tax_id),
        remarks=f'{MARKUP}\n<link rel="attachment" href="file:///etc/hostname">',
    )
    made = render_invoice(snapshot)
    printed = "".join(reading.text(made).split())
    assert printed.count("".join(MARKUP.split())) == 2
    assert '<linkrel="attachment"href="file:///etc/hostname">' in printed
    reader = PdfReader(io.BytesIO(made))
    assert dict(reader.attachments) == {}
    assert len(reader.pages[0].images) == 1  # the QR code
    colours = {colour for _, colour in reading.picture(made, tmp_path).getcolors(1 << 20) or []}
    assert (0, 255, 0) not in colours


def test_markup_in_a_proforma_is_printed_as_it_is_written() -> None:
    made = render_proforma(proforma(notes=MARKUP, number='PF"</title><h1>'))
    printed = "".join(reading.text(made).split())
    assert "".join(MARKUP.split()) in printed
    assert 'PF"</title><h1>' in printed
    assert dict(PdfReader(io.BytesIO(made)).attachments) == {}


def test_no_address_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    weasyprint = fonts.load_weasyprint()
    asked: list[str] = []
    real = weasyprint.URLFetcher.fetch
    monkeypatch.setattr(
        weasyprint.URLFetcher,
        "fetch",
        lambda self, url, *args, **kw: (asked.append(url), real(self, url, *args, **kw))[1],
    )
    render_invoice(invoice(remarks=MARKUP))
    render_proforma(proforma(notes=MARKUP))
    assert [url for url in asked if not url.startswith("data:image/png;base64,")] == []
    assert len(asked) == 1  # the QR code, which is in the page


class _Lure(BaseHTTPRequestHandler):
    """Answers whatever is asked, and remembers that somebody asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture(scope="module")
def lure_address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Lure) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"//127.0.0.1:{server.server_port}/secret.txt"
        server.shutdown()


LURES = (
    '<link rel="attachment" href="{}">',
    '<link rel="stylesheet" href="{}">',
    '<style>@import url("{}");</style>',
    '<style>body {{ background: url("{}") }}</style>',
    '<style>@font-face {{ font-family: x; src: url("{}") }} body {{ font-family: x }}</style>',
    '<img src="{}">',
    '<a rel="attachment" href="{}">a</a>',
    '<object data="{}"></object>',
    '<svg width="9mm" height="9mm"><image href="{}" width="9" height="9"/></svg>',
    '<svg width="9mm" height="9mm"><use href="{}#x"/></svg>',
)


@pytest.mark.parametrize("lure", LURES)
def test_even_a_template_that_asks_for_a_file_or_an_address_gets_none(
    lure: str, lure_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # R50
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    monkeypatch.setattr(_Lure, "asked", [])
    monkeypatch.setattr(painting, "_engine", lambda: Engine(dirs=[str(tmp_path)]))
    for url in (secret.as_uri(), f"http:{lure_address}"):
        page = f"<html><head></head><body>Text {lure.format(url)}</body></html>"
        (tmp_path / "invoice.html").write_text(page, encoding="utf-8")
        made = render_invoice(invoice())
        assert "Text" in reading.text(made)
        assert dict(PdfReader(io.BytesIO(made)).attachments) == {}
        assert b"secret" not in b"".join(reading.streams(made))
    assert _Lure.asked == []


def test_the_xml_is_inside_once_as_the_source_of_the_pdf() -> None:
    made = render_invoice(invoice(), xml=b"<EInvoice/>")
    reader = PdfReader(io.BytesIO(made))
    assert dict(reader.attachments) == {"original_invoice.xml": [b"<EInvoice/>"]}
    (named,) = reader.root_object["/AF"]
    specification = named.get_object()
    assert specification["/AFRelationship"] == "/Source"
    file = specification["/EF"]["/F"].get_object()
    assert file["/Subtype"] == "/text/xml"
    dates = {file["/Params"][key] for key in ("/CreationDate", "/ModDate")}
    assert dates == {"D:20260304160000Z"}  # midnight in China
    assert made == render_invoice(invoice(), xml=b"<EInvoice/>")


def test_the_cut_typefaces_are_made_the_same_again(tmp_path: Path) -> None:
    by_name = {file.name: file for file in fonts.font_files()}
    made = []
    for name in ("one", "two"):
        target = tmp_path / name
        font_cutting._make(by_name["ukai.ttc"], "AR PL UKai CN", "Face Kai", target)
        made.append(target.read_bytes())
    assert made[0] == made[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_missing_font_is_one_sentence_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", (Path("/nowhere"),))
    monkeypatch.setattr(fonts, "_ROOTS", ())
    with pytest.raises(DocumentToolMissing) as caught:
        fonts.check_tools()
    sentence = (
        "The font file ukai.ttc is missing: documents need the Debian package fonts-arphic-ukai."
    )
    assert str(caught.value) == sentence
    assert caught.value.package == "fonts-arphic-ukai"


def test_a_missing_pango_is_one_sentence_with_its_package() -> None:
    script = """
import cffi
real = cffi.FFI.dlopen
def dlopen(self, name, flags=0):
    if "pango" in name:
        raise OSError(f"cannot load library '{name}'")
    return real(self, name, flags)
cffi.FFI.dlopen = dlopen
from invoicing.documents import font_cutting, fonts, painting
from invoicing.documents.errors import DocumentToolMissing
try:
    fonts.check_tools()
except DocumentToolMissing as problem:
    print(problem.package, "|", problem)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    sentence = (
        "Pango or a library of it is missing: documents need the Debian package libpangoft2-1.0-0."
    )
    assert done.stdout == f"libpangoft2-1.0-0 | {sentence}\n"
