"""Takes the place of the PDF stream that WeasyPrint paints on, and notes the objects of an OFD page instead.

Only what stands for itself in OFD is noted: opaque text, paths and pictures. Whatever else a template asks for
(transparency, gradients, patterns, a clip that cuts) is refused with its name, never left out. The methods have the names
and arguments of WeasyPrint's stream; its version is pinned.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from invoicing.documents.ofd.canvas import Canvas, Matrix, both, moved
from invoicing.documents.ofd.faces import Face
from invoicing.documents.ofd.objects import ImageObject, TextObject

# A run of glyphs, four hexadecimal digits each, or a step back in thousandths of the font size.
_SHOWN = re.compile(r"<([0-9a-f]*)>|([^<>\s]+)")


@dataclass(frozen=True)
class Picture:
    """A PNG file, the class of the element that shows it, and whether it may be smoothed."""

    name: str
    content: bytes
    smooth: bool


class Recorder(Canvas):
    """One page. Give it to the `paint` method of a WeasyPrint page, then ask for its `objects()` and `pictures`.

    `fonts` are those of the document by pango's key, `faces` their embedded subsets by hash.
    """

    def __init__(self, fonts: Mapping[Any, Any], faces: Mapping[str, Face]) -> None:
        from weasyprint.text.fonts import get_pango_font_key

        super().__init__()
        self.pictures: dict[str, Picture] = {}
        self._font_key = get_pango_font_key
        self._fonts, self._faces = fonts, faces
        self._name = ""
        self._font: Any = None
        self._next_font: Any = None
        self._size = self._advanced = self._rise = 0.0
        self._text_matrix: Matrix = (1, 0, 0, 1, 0, 0)

    @contextmanager
    def marked(self, box: Any, tag: str) -> Iterator[None]:
        del tag
        is_value = box.element.tag != "th"  # the head of a column has the name of its values
        self._name = box.element.get("class", "") if is_value else ""
        yield
        self._name = ""

    # Pictures

    def add_image(self, image: Any, interpolate: bool, ratio: float) -> str:  # noqa: FBT001
        del ratio
        if image.format != "PNG" or image.mode in ("RGBA", "LA"):
            self.refuse("pictures that are not opaque PNG")
        name: str = image.id
        self.pictures[name] = Picture(self._name, image.image_data.data, interpolate)
        return name

    def draw_x_object(self, reference: str) -> None:
        a, b, c, d, e, f = self.state.matrix
        if b or c or a <= 0 or d >= 0:
            self.refuse("a picture that is turned or mirrored")
        self.add(ImageObject(reference, (e, f + d, e + a, f)))

    # Text

    def begin_text(self) -> None:
        self._rise = 0.0

    def end_text(self) -> None:
        """Nothing: every text is noted when it is shown."""

    def set_text_matrix(self, *matrix: float) -> None:
        a, b, c, d, e, f = matrix
        self._text_matrix, self._advanced = (a, b, c, d, e, f), 0.0

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        key, _, size = self._font_key(pango_font)
        self._next_font = self._fonts[key]
        return self._next_font, size

    def set_font_size(self, font: str, size: float) -> None:
        del font  # the one added last; glyphs of the one before may have been shown since
        self._font, self._size = self._next_font, size

    def set_text_rise(self, height: float) -> None:
        self._rise = height

    def show_text(self, text: str) -> None:
        """Note the glyphs of one font, placed as the widths and steps of the PDF place them."""
        face, size = self._faces[self._font.hash], self._size
        x, shown = self._advanced, list[tuple[str, float]]()
        for glyphs, step in _SHOWN.findall(text):
            if step:
                x -= float(step) / 1000 * size
            for i in range(0, len(glyphs), 4):
                glyph = int(glyphs[i : i + 4], 16)
                character = face.characters.get(glyph)
                if character is None:
                    self.refuse(f"glyph {glyph} of {face.name}, which no character leads to")
                shown.append((character, x))
                x += self._font.widths[glyph] / 1000 * size
        end, self._advanced = x, x
        # Readers differ in what they do with spaces at the ends of a text.
        while shown and shown[-1][0].isspace():
            end = shown.pop()[1]
        while shown and shown[0][0].isspace():
            del shown[0]
        if shown:
            self.add(self._text(shown, end))

    def _text(self, shown: list[tuple[str, float]], end: float) -> TextObject:
        a, b, c, d, e, f = matrix = both(self._text_matrix, self.state.matrix)
        # Glyphs look upwards in PDF and downwards on the page of an OFD.
        scale, turn = self.upright((a, b, -c, -d, e, f))
        start = shown[0][1]
        return TextObject(
            name=self._name,
            font=self._font.hash,
            size=scale * self._size,
            colour=self.state.fill,
            text="".join(character for character, _ in shown),
            at=moved(matrix, start, self._rise),
            offsets=tuple(scale * (x - start) for x in (*(x for _, x in shown), end)),
            turn=turn,
        )
