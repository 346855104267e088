"""The pages of the face as values for the HTML template, and the places of the layout table as a stylesheet.

Numbers become CSS lengths here and texts stay texts, so no locale can change a decimal point. What stands at the same
place on every invoice is said once in the stylesheet, which is parsed once per process: only what was made smaller to fit
carries a style of its own, because each of those costs as much as the rest of its element.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from invoicing.documents import layout
from invoicing.documents.face import Cell, Page, Text
from invoicing.documents.layout import Box
from invoicing.documents.qr import qr_png

_FAMILIES: Mapping[layout.Font, str] = {
    "kai": '"Face Kai", "AR PL UKai CN", "AR PL UKai HK", "AR PL UMing CN", "Liberation Sans", "HanaMinA", "HanaMinB"',
    "song": '"Face Song", "AR PL UMing CN", "AR PL UMing HK", "AR PL UKai CN", "Liberation Sans", "HanaMinA", "HanaMinB"',
    "mono": '"Liberation Mono", "Face Song", "AR PL UMing CN", "HanaMinA", "HanaMinB"',
}


def face_context(pages: Sequence[Page], code: str, verify_url: str = "") -> dict[str, Any]:
    """What `invoice.html` needs; `code` is the text of the QR code, `verify_url` that of a second one or ""."""
    names = {text.name for text in pages[0].texts}
    return {
        "lang": "zh-CN",
        "labels": [{"name": name, "string": string} for name, (_, string) in layout.LABELS.items()],
        "heads": [{"name": column.name, "string": column.head} for column in layout.COLUMNS],
        "lines": _lines(),
        "colours": layout.COLOURS,
        "line_width": _number(layout.LINE_WIDTH),
        "mark_line_width": _number(layout.MARK_LINE_WIDTH),
        "frames": _frames(names),
        "qr": _picture(code),
        "verify": _picture(verify_url) if verify_url else "",
        "pages": [_page(page) for page in pages],
    }


def face_stylesheet() -> str:
    """The places of the layout table as CSS: one class per field, label and column."""
    boxes = layout.FIELDS | {name: box for name, (box, _) in layout.LABELS.items()}
    rules = [f".{name} {{ {_place(box)}{_type(box)} }}" for name, box in boxes.items()]
    rules += _table_rules()
    for name, (x, y, size) in {"qr": layout.QR, "verify-qr": layout.VERIFY_QR}.items():
        place = f"left: {_number(x)}mm; top: {_number(y)}mm; width: {_number(size)}mm"
        rules.append(f".{name} {{ {place}; height: {_number(size)}mm }}")
    return "\n".join(rules)


def _table_rules() -> Iterator[str]:
    first = layout.COLUMNS[0]
    width = layout.COLUMNS[-1].end - first.x
    yield (
        f"table {{ left: {_number(first.x)}mm; top: {_number(layout.HEAD_TOP)}mm;"
        f" width: {_number(width)}mm }}"
    )
    head = layout.label(0, 0, 0, pitch=layout.HEAD_HEIGHT)
    yield f"th {{ {_type(head)} }}"
    yield f"td {{ {_type(layout.ITEM)} }}"
    for column in layout.COLUMNS:
        yield (
            f"th.{column.name} {{ width: {_number(column.end - column.x)}mm;"
            f" padding-left: {_number(column.head_x - column.x)}mm }}"
        )
        rest = _number(column.end - column.x - column.w)
        yield f"td.{column.name} {{ text-align: {column.align}; padding-right: {rest}mm }}"


def _place(box: Box) -> str:
    return f"left: {_number(box.x)}mm; top: {_number(box.y)}mm; width: {_number(box.w)}mm; "


def _type(box: Box) -> str:
    return (
        f"line-height: {_number(box.h)}mm; font-size: {_number(box.size)}pt; "
        f"font-family: {_FAMILIES[box.font]}; text-align: {box.align}; color: {layout.COLOURS[box.ink]}"
    )


def _page(page: Page) -> dict[str, Any]:
    """The texts of a page in reading order, the title and the word behind everything apart."""
    texts = {text.name: _element(text) for text in page.texts}
    return {
        "title": texts.pop("title"),
        "back": texts.pop("back", None),
        "texts": list(texts.values()),
        "rows": [[_cell(cell) for cell in row] for row in page.rows],
    }


def _element(text: Text) -> dict[str, str]:
    box = layout.FIELDS[text.name]
    styles = []
    if text.size != box.size:
        styles.append(f"font-size: {_number(text.size)}pt")
    if text.pitch != box.h:
        styles.append(f"line-height: {_number(text.pitch)}mm")
    return {"name": text.name, "string": text.string, "style": "; ".join(styles)}


def _cell(cell: Cell) -> dict[str, str]:
    style = "" if cell.size == layout.ITEM.size else f"font-size: {_number(cell.size)}pt"
    return {"name": cell.name, "string": cell.string, "style": style}


def _lines() -> dict[str, str]:
    """The rules of the form, and the crossed circle in front of the words, as SVG paths."""
    rules = "".join(
        f"M{_number(rule.x1)} {_number(rule.y1)}L{_number(rule.x2)} {_number(rule.y2)}"
        for rule in layout.RULES
    )
    half = layout.CIRCLE_SIZE / 2
    x, y, radius = layout.CIRCLE_X + half, layout.CIRCLE_Y + half, half - 0.3
    arm = radius * 0.7071
    cross = "".join(
        f"M{_number(x - arm)} {_number(y - s * arm)}L{_number(x + arm)} {_number(y + s * arm)}"
        for s in (1, -1)
    )
    circle = {"x": _number(x), "y": _number(y), "r": _number(radius)}
    return {"rules": rules, "cross": cross, **circle}


def _frames(names: set[str]) -> list[dict[str, str]]:
    """The frames of the stamps that are on the pages."""
    places = {"specimen": layout.SPECIMEN_FRAME, "mark": layout.MARK_FRAME}
    return [
        dict(zip(("x", "y", "w", "h"), map(_number, places[name]), strict=True))
        for name in places
        if name in names
    ]


def _picture(text: str) -> str:
    """The QR code of `text` as a data address: drawn without smoothing."""
    return "data:image/png;base64," + base64.b64encode(qr_png(text, scale=4)).decode("ascii")


def _number(value: float) -> str:
    """At most three decimals, no trailing zeros: 10.7, 4, 0.125."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
