"""The pages of the face as values for the HTML template: numbers become CSS lengths here, texts stay texts."""

from collections.abc import Sequence
from typing import Any

from invoicing.documents import layout
from invoicing.documents.face import Page, Text, specimen_texts
from invoicing.documents.qr import STROKE, qr_path


def face_context(pages: Sequence[Page], code: str) -> dict[str, Any]:
    """What `invoice.html` needs. Everything is text already, so no locale can change a decimal point."""
    modules, path = qr_path(code)
    specimen = pages[0].specimen
    marks = specimen_texts() if specimen else ()
    return {
        "lang": "zh-CN",
        "colours": layout.COLOURS,
        "line_width": _number(layout.LINE_WIDTH),
        "specimen_line_width": _number(layout.SPECIMEN_LINE_WIDTH),
        "rules": " ".join(
            f"M{_number(rule.x1)} {_number(rule.y1)}L{_number(rule.x2)} {_number(rule.y2)}"
            for rule in layout.RULES
        ),
        "frame": " ".join(_number(value) for value in layout.SPECIMEN_FRAME).split()
        if specimen
        else None,
        "back": _element(Text(layout.SPECIMEN_BACK, "样张 SPECIMEN")) if specimen else None,
        "circle": _circle(),
        "qr": path,
        "qr_stroke": STROKE,
        "qr_place": f"translate({layout.QR_X} {layout.QR_Y}) scale({layout.QR_SIZE / modules:.6f})",
        "pages": [
            {
                "title": _element(page.texts[_title(page)]),
                "texts": [
                    _element(text)
                    for text in (*page.texts, *marks)
                    if text.name != "title" and text.string
                ],
            }
            for page in pages
        ],
    }


def _title(page: Page) -> int:
    return next(i for i, text in enumerate(page.texts) if text.name == "title")


def _circle() -> dict[str, str]:
    """The crossed circle in front of the words: centre, radius and the two strokes of the cross."""
    half = layout.CIRCLE_SIZE / 2
    x, y, radius = layout.CIRCLE_X + half, layout.CIRCLE_Y + half, half - 0.3
    arm = radius * 0.7071
    cross = " ".join(
        f"M{_number(x - arm)} {_number(y - s * arm)}L{_number(x + arm)} {_number(y + s * arm)}"
        for s in (1, -1)
    )
    return {"x": _number(x), "y": _number(y), "r": _number(radius), "cross": cross}


def _element(text: Text) -> dict[str, str]:
    box = text.box
    return {
        "string": text.string,
        "classes": f"{box.font} {box.align} {box.ink}",
        "style": f"left:{_number(box.x)}mm;top:{_number(box.y)}mm;width:{_number(box.w)}mm;"
        f"line-height:{_number(box.h)}mm;font-size:{_number(box.size)}pt",
    }


def _number(value: float) -> str:
    """At most three decimals, no trailing zeros: 10.7, 4, 0.125."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
