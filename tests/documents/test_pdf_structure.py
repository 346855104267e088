"""What PDF/A asks of every file, as far as it can be seen without a checker of others (`test_pdfa` has one)."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from invoicing.documents.facturx import render_facturx
from invoicing.documents.files import render_files
from invoicing.documents.pdf import render_proforma
from tests.documents.chance import an_invoice
from tests.documents.samples import proforma
from tests.documents.samples_overseas import LINK, commercial, picture

PICTURES = {"logo": picture("navy", 300, 80), "seal": picture(), "verify_url": LINK}
KINDS: dict[str, Callable[[], bytes]] = {
    "red invoice": lambda: render_files(an_invoice(3)).files["pdf"],
    "proforma": lambda: render_proforma(proforma(**PICTURES)),
    "commercial": lambda: render_facturx(commercial(**PICTURES)),
}
RUNS_OR_HIDES = {"/JS", "/OpenAction", "/AA", "/Launch", "/Encrypt", "/OCProperties", "/RichMedia"}


@pytest.fixture(scope="module", params=KINDS)
def content(request: pytest.FixtureRequest) -> bytes:
    return KINDS[request.param]()


@pytest.fixture(scope="module")
def reader(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary and stream of the file."""
    for number in range(1, reader.trailer["/Size"]):
        found = reader.get_object(number)
        if isinstance(found, DictionaryObject):
            yield found


def test_the_file_begins_and_ends_as_it_must(content: bytes, reader: PdfReader) -> None:
    first, second = content.split(b"\n", 2)[:2]
    assert first == b"%PDF-1.7"
    assert second[:1] == b"%"
    assert all(byte > 127 for byte in second[1:5])
    assert content.rstrip().endswith(b"%%EOF")
    assert len(reader.trailer["/ID"]) == 2
    assert "/Encrypt" not in reader.trailer


def test_nothing_runs_is_hidden_or_smoothed(reader: PdfReader) -> None:
    for found in objects(reader):
        assert RUNS_OR_HIDES.isdisjoint(found)
        assert found.get("/S") not in ("/JavaScript", "/Launch", "/Movie", "/Sound")
        assert found.get("/Filter") not in ("/LZWDecode", "/Crypt")
        if found.get("/Subtype") == "/Image":
            assert found["/Interpolate"].value is False
            assert found["/ColorSpace"] in ("/DeviceRGB", "/DeviceGray")
        if found.get("/Type") == "/Annot":
            assert found["/F"] == 4  # printed, not hidden
    (intent,) = reader.root_object["/OutputIntents"]
    assert intent.get_object()["/DestOutputProfile"].get_data()[16:20] == b"RGB "


def test_every_font_is_inside_with_its_widths_and_characters(reader: PdfReader) -> None:
    fonts = [found for found in objects(reader) if found.get("/Subtype") == "/CIDFontType2"]
    assert fonts
    for font in fonts:
        program = font["/FontDescriptor"].get_object()["/FontFile2"].get_object().get_data()
        opened = TTFont(io.BytesIO(program))
        scale = 1000 / opened["head"].unitsPerEm
        advances = [advance * scale for advance, _ in opened["hmtx"].metrics.values()]
        for glyph, width in _widths(font["/W"]):
            assert width == pytest.approx(advances[glyph], abs=1)
    for found in objects(reader):
        if found.get("/Subtype") == "/Type0":
            assert b"beginbfchar" in found["/ToUnicode"].get_object().get_data()


def _widths(array: Any) -> Iterator[tuple[int, float]]:
    """The glyphs of a /W array with their widths: `first [width width …]` again and again."""
    for first, some in zip(array[::2], array[1::2], strict=True):
        for step, width in enumerate(some):
            yield int(first) + step, float(width)


def test_it_is_tagged_and_says_its_language(reader: PdfReader) -> None:
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] in ("zh-CN", "en")
    for page in reader.pages:
        assert "/StructParents" in page


def test_what_is_attached_says_what_it_is(reader: PdfReader) -> None:
    attached = [found for found in objects(reader) if found.get("/Type") == "/Filespec"]
    named = [entry.get_object() for entry in reader.root_object.get("/AF", [])]
    assert len(attached) == len(named)
    for file in named:
        assert file["/AFRelationship"] in ("/Source", "/Alternative")
        assert file["/F"] == file["/UF"]
        embedded = file["/EF"]["/F"].get_object()
        assert embedded["/Subtype"] == "/text/xml"
        assert "/ModDate" in embedded["/Params"]
