"""What holds for every PDF: embedded fonts, same bytes, no fetching, nothing printed as an empty box."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.template import Engine
from pypdf import PdfReader

from invoicing.documents import fonts, pdf
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
    families = ("AR-PL-UKai", "AR-PL-UMing", "Liberation-Sans", "Liberation-Mono")
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
    assert 'pdfaid:conformance="U"' in xmp or "<pdfaid:conformance>U<" in xmp


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
    with pytest.raises(MissingGlyph, match=r"𬭎 \(U\+2CB4E\)") as caught:
        render_invoice(invoice(buyer=Party("青岛𬭎示例公司", "91370200MA3C8XTY1Q")))
    assert caught.value.characters == "𬭎"
    with pytest.raises(MissingGlyph, match="U\\+0E01"):
        render_proforma(proforma(notes="Thai ก"))


def test_rare_names_print() -> None:
    made = render_invoice(invoice(buyer=Party("喆犇堃昇珺䶮㛃有限公司", "91370200MA3C8XTY1Q")))
    assert "喆犇堃昇珺䶮㛃有限公司" in reading.text(made)


MARKUP = '</p><style>*{color:#0f0}</style><img src="file:///etc/hostname">&amp;"\'{{ 7 }}'


def test_markup_in_names_and_remarks_is_printed_as_it_is_written(tmp_path: Path) -> None:
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
    assert "/XObject" not in reader.pages[0]["/Resources"] or not reader.pages[0].images
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
    monkeypatch.setattr(
        weasyprint.URLFetcher, "fetch", lambda _self, url, *_args, **_kw: asked.append(url)
    )
    render_invoice(invoice(remarks=MARKUP))
    render_proforma(proforma(notes=MARKUP))
    assert asked == []


def test_even_a_template_that_asks_for_a_file_gets_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    link = f'<link rel="attachment" href="{secret.as_uri()}">'
    (tmp_path / "invoice.html").write_text(
        f"<html><head>{link}</head>Text</html>", encoding="utf-8"
    )
    monkeypatch.setattr(pdf, "_engine", lambda: Engine(dirs=[str(tmp_path)]))
    made = render_invoice(invoice())
    assert "Text" in reading.text(made)
    assert dict(PdfReader(io.BytesIO(made)).attachments) == {}


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
from invoicing.documents import fonts, pdf
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
