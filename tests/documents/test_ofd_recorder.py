"""What the recorder of OFD pages notes, and that it refuses what OFD cannot show instead of leaving it out."""

import io
import struct
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from invoicing.documents import painting
from invoicing.documents.errors import DocumentError
from invoicing.documents.ofd.canvas import NotInOfd
from invoicing.documents.ofd.faces import character_map, faces
from invoicing.documents.ofd.objects import ImageObject, PageObject, PathObject, TextObject
from invoicing.documents.ofd.recorder import Recorder

_STYLE = "@page { size: 100mm 50mm; margin: 0 } body { margin: 0; font: 10pt 'Liberation Sans' }"


def _picture(mode: str) -> str:
    written = io.BytesIO()
    Image.new(mode, (2, 1)).save(written, "PNG")
    return f"data:image/png;base64,{b64encode(written.getvalue()).decode()}"


def _recorded(body: str, style: str = "") -> tuple[list[PageObject], Any]:
    with painting.one_at_a_time:
        tools = painting.prepared()
        html = f"<style>{_STYLE} {style}</style><body>{body}</body>"
        document = tools.weasyprint.HTML(string=html, url_fetcher=tools.fetcher).render(
            font_config=tools.font_config
        )
        document.write_pdf()
        (page,) = document.pages
        recorder = Recorder(document.fonts, faces(document.fonts.values()))
        page.paint(recorder)
        return recorder.objects(), document


def _only(objects: Sequence[PageObject]) -> PageObject:
    (found,) = objects
    return found


def test_a_text_has_the_advances_of_the_layout_and_the_name_of_its_element() -> None:
    body = '<p class="greeting" style="position: absolute; margin: 0; left: 7mm">  Tel. </p>'
    text = _only(_recorded(body)[0])
    assert isinstance(text, TextObject)
    assert (text.name, text.text, text.colour) == ("greeting", "Tel.", "0 0 0")
    assert text.size == pytest.approx(10 * 25.4 / 72, abs=0.001)
    assert text.at[0] == pytest.approx(7, abs=0.001)
    # Liberation Sans: T 0.611 em less 0.111 before e, e 0.556, l 0.222, full stop 0.278
    assert [round(x / text.size, 2) for x in text.offsets] == [0, 0.5, 1.06, 1.28, 1.56]


def test_each_font_of_a_line_is_a_text_of_its_own_with_its_own_glyphs() -> None:
    style = "body { font-family: 'Liberation Sans', 'AR PL UMing CN' }"
    objects, document = _recorded("A云B", style)
    texts = [found for found in objects if isinstance(found, TextObject)]
    assert [text.text for text in texts] == ["A", "云", "B"]
    assert texts[0].font == texts[2].font != texts[1].font
    assert set(faces(document.fonts.values())) == {text.font for text in texts}
    assert texts[1].at[0] == pytest.approx(texts[0].at[0] + texts[0].offsets[-1], abs=0.01)


def test_turned_text_keeps_its_size_and_says_its_direction() -> None:
    body = (
        '<p style="position: absolute; left: 40mm; top: 20mm; transform: rotate(-30deg)">Copy</p>'
    )
    text = _only(_recorded(body)[0])
    assert isinstance(text, TextObject)
    assert text.turn == pytest.approx((0.8660, -0.5), abs=0.0001)
    assert text.size == pytest.approx(10 * 25.4 / 72, abs=0.001)
    xml = text.xml(1, {text.font: 2})
    assert 'CTM="0.866025 -0.500000 0.500000 0.866025' in xml


def test_borders_backgrounds_and_lines_become_paths_in_millimetres() -> None:
    body = '<div style="margin: 5mm; width: 20mm; height: 10mm; background: #123456"></div>'
    path = _only(_recorded(body)[0])
    assert isinstance(path, PathObject)
    assert path.box == pytest.approx((5, 5, 25, 15), abs=0.001)
    assert (path.fill, path.pen) == ("18 52 86", None)
    assert ">M 0.01 0.01 L 20.01 0.01 L 20.01 10.01 L 0.01 10.01 C<" in path.xml(1, {})


def test_the_pen_of_a_drawing_is_scaled_with_it() -> None:
    drawing = (
        '<svg width="20mm" height="20mm" viewBox="0 0 10 10"><path d="M1 1L9 9" stroke="red"'
        ' stroke-width=".5" stroke-linecap="round" stroke-linejoin="bevel" stroke-dasharray="1 2"/></svg>'
    )
    path = _only(_recorded(drawing)[0])
    assert isinstance(path, PathObject)
    assert path.pen is not None
    assert path.box == pytest.approx((2, 2, 18, 18), abs=0.001)
    assert path.pen.colour == "255 0 0"
    assert path.pen.attributes() == (
        ' LineWidth="1" Cap="Round" Join="Bevel" DashOffset="0" DashPattern="2 4"'
    )


def test_a_table_with_collapsed_borders_is_drawn() -> None:
    style = "table { border-collapse: collapse } td { border: 0.5mm solid #00f; width: 10mm }"
    objects, _ = _recorded("<table><tr><td>1<td>2<tr><td>3<td>4</table>", style)
    assert [found.text for found in objects if isinstance(found, TextObject)] == list("1234")
    assert sum(isinstance(found, PathObject) for found in objects) == 12


def test_a_picture_fills_its_place() -> None:
    body = f'<img src="{_picture("RGB")}" style="display: block; margin: 3mm; width: 8mm">'
    picture = _only(_recorded(body)[0])
    assert isinstance(picture, ImageObject)
    assert picture.box == pytest.approx((3, 3, 11, 7), abs=0.001)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            '<div style="height: 9mm; background: linear-gradient(red, blue)"></div>',
            "a pattern or gradient",
        ),
        (
            f'<div style="height: 9mm; background: url({_picture("L")})"></div>',
            "a pattern or gradient",
        ),
        ('<p style="opacity: 0.5">half', "transparency"),
        ('<p style="color: rgb(0 0 0 / 50%)">half', "transparency"),
        ('<p style="color: oklch(40% 0.2 20)">lively', "colours in oklch"),
        ('<p style="transform: skewX(20deg)">slanted', "stretched or mirrored"),
        ('<p style="transform: scaleX(-1)">mirrored', "stretched or mirrored"),
        (
            '<p style="overflow: hidden; white-space: nowrap; width: 5mm">too long',
            "a clip cuts off",
        ),
        ('<div style="overflow: hidden; border-radius: 3mm">round', "not one rectangle"),
        (
            f'<div style="height: 9mm; background: url({_picture("L")}) no-repeat"></div>',
            "picture as background",
        ),
        (f'<img src="{_picture("RGBA")}">', "not opaque PNG"),
        ('<svg width="9mm" height="9mm"><circle r="9" opacity=".5"/></svg>', "transparency"),
        ('<svg width="9mm" height="9mm"><circle r="9" fill-opacity=".5"/></svg>', "transparency"),
        (
            '<svg width="90" height="90"><text y="30" font-family="Liberation Sans">x</text></svg>',
            "set_text",
        ),
    ],
)
def test_what_ofd_cannot_show_is_refused_by_name(body: str, problem: str) -> None:
    with pytest.raises(NotInOfd, match=problem):
        _recorded(body)


def test_a_clip_that_cuts_nothing_is_no_problem() -> None:
    objects, _ = _recorded('<div style="overflow: hidden; height: 20mm; padding: 2mm">whole</div>')
    text = _only(objects)
    assert isinstance(text, TextObject)
    assert text.text == "whole"


def test_the_character_map_is_the_one_another_program_reads() -> None:
    _, document = _recorded("AΩ云𠀡", "body { font-family: 'Liberation Sans', 'AR PL UMing CN' }")
    found = faces(document.fonts.values()).values()
    assert len(found) == 2
    for face in found:
        font = TTFont(io.BytesIO(face.content))
        assert character_map(face.content) == {
            code: font.getGlyphID(name) for code, name in font.getBestCmap().items()
        }


def test_a_font_without_truetype_outlines_or_character_map_is_refused() -> None:
    class Font:
        hash, name, family, bitmap, to_unicode = "A", b"/A+Odd", "Odd", False, {1: "a"}
        file_content = b"OTTO"

    with pytest.raises(DocumentError, match="The font Odd has no TrueType outlines"):
        faces([Font])
    Font.file_content = (
        b"\0\1\0\0" + struct.pack(">HHHH", 1, 0, 0, 0) + struct.pack(">4sLLL", b"glyf", 0, 0, 0)
    )
    with pytest.raises(DocumentError, match="no character map"):
        faces([Font])
