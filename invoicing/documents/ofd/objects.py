"""What stands on an OFD page: texts, paths and pictures, in millimetres from its top left corner, and their XML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom

# How far glyphs reach above and below the baseline, in sizes of the font; generous, because viewers clip at the boundary.
_ABOVE, _BELOW = 1.0, 0.35
_LEAST = 0.01


def number(value: float) -> str:
    """At most three decimals, no trailing zeros, no minus before zero."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def numbers(values: Sequence[float]) -> str:
    """The numbers of an OFD array."""
    return " ".join(number(value) for value in values)


def around(points: Sequence[Point]) -> Rectangle:
    """The smallest rectangle that holds all `points`."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class TextObject:
    """Characters in one font and colour on one baseline; `name` is the field of the invoice they belong to, or "".

    `at` is the start of the baseline; `offsets` are the distances of the characters from there, plus that of the end.
    `turn` is the cosine and sine of the baseline's direction, clockwise.
    """

    name: str
    font: str
    size: float
    colour: str
    text: str
    at: Point
    offsets: tuple[float, ...]
    turn: Point = (1.0, 0.0)

    @property
    def box(self) -> Rectangle:
        """The place on the page, not narrower than what is drawn."""
        cosine, sine = self.turn
        left, right = min(self.offsets), max(self.offsets)
        top, bottom = -_ABOVE * self.size, _BELOW * self.size
        corners = ((left, top), (right, top), (left, bottom), (right, bottom))
        x, y = self.at
        return around([(x + cosine * u - sine * v, y + sine * u + cosine * v) for u, v in corners])

    def xml(self, number_of: int, resources: Mapping[str, int]) -> str:
        """The element with the object number `number_of`; `resources` are the numbers of fonts and pictures."""
        left, top, _, _ = box = self.box
        x, y = self.at[0] - left, self.at[1] - top
        turned = ""
        if self.turn != (1.0, 0.0):
            cosine, sine = self.turn
            matrix = " ".join(f"{value:.6f}" for value in (cosine, sine, -sine, cosine))
            turned = f' CTM="{matrix} {numbers((x, y))}"'
            x = y = 0.0
        # Differences of rounded places, so that rounding never adds up along a line.
        places = [round(offset, 3) for offset in self.offsets[:-1]]
        steps = numbers([after - before for before, after in pairwise(places)])
        delta = f' DeltaX="{steps}"' if steps else ""
        return (
            f'<ofd:TextObject ID="{number_of}" Boundary="{_boundary(box)}"{turned}'
            f' Font="{resources[self.font]}" Size="{number(self.size)}">'
            f'<ofd:FillColor Value="{self.colour}"/>'
            f'<ofd:TextCode X="{number(x + places[0])}" Y="{number(y)}"{delta}>'
            f"{escape(self.text)}</ofd:TextCode></ofd:TextObject>"
        )


@dataclass(frozen=True, slots=True)
class Pen:
    """How a path is stroked: colour, width in mm, and the ends, joins and dashes of its lines."""

    colour: str
    width: float
    cap: str
    join: str
    miter: float
    dashes: tuple[float, ...]
    phase: float

    def attributes(self) -> str:
        """What differs from the standard's defaults, as XML attributes."""
        written = f' LineWidth="{number(self.width)}"'
        if self.cap != "Butt":
            written += f' Cap="{self.cap}"'
        if self.join == "Miter":
            written += f' MiterLimit="{number(self.miter)}"'
        else:
            written += f' Join="{self.join}"'
        if self.dashes:
            written += f' DashOffset="{number(self.phase)}" DashPattern="{numbers(self.dashes)}"'
        return written


@dataclass(frozen=True, slots=True)
class PathObject:
    """Lines and curves: `steps` are the letters M, L, B (Bézier) and C (close) with their points."""

    steps: tuple[tuple[str, tuple[Point, ...]], ...]
    fill: str | None
    pen: Pen | None
    even_odd: bool = False

    @property
    def box(self) -> Rectangle:
        """The place on the page of the points, without the width of the pen."""
        return around([point for _, points in self.steps for point in points])

    def xml(self, number_of: int, resources: Mapping[str, int]) -> str:
        """The element with the object number `number_of`."""
        del resources
        margin = 2 * self.pen.width if self.pen else _LEAST
        left, top, right, bottom = self.box
        left, top = left - margin, top - margin
        box = (left, top, right + margin, bottom + margin)
        data = " ".join(
            " ".join((letter, *(f"{number(x - left)} {number(y - top)}" for x, y in points)))
            for letter, points in self.steps
        )
        how = f' Stroke="{"true" if self.pen else "false"}"'
        how += ' Fill="true"' if self.fill else ""
        how += ' Rule="Even-Odd"' if self.fill and self.even_odd else ""
        how += self.pen.attributes() if self.pen else ""
        stroke = f'<ofd:StrokeColor Value="{self.pen.colour}"/>' if self.pen else ""
        fill = f'<ofd:FillColor Value="{self.fill}"/>' if self.fill else ""
        return (
            f'<ofd:PathObject ID="{number_of}" Boundary="{_boundary(box)}"{how}>{stroke}{fill}'
            f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        )


@dataclass(frozen=True, slots=True)
class ImageObject:
    """A picture that fills `box`."""

    picture: str
    box: Rectangle

    def xml(self, number_of: int, resources: Mapping[str, int]) -> str:
        """The element with the object number `number_of`."""
        left, top, right, bottom = self.box
        return (
            f'<ofd:ImageObject ID="{number_of}" Boundary="{_boundary(self.box)}"'
            f' CTM="{number(right - left)} 0 0 {number(bottom - top)} 0 0"'
            f' ResourceID="{resources[self.picture]}"/>'
        )


PageObject = TextObject | PathObject | ImageObject


def _boundary(box: Rectangle) -> str:
    left, top, right, bottom = box
    return numbers((left, top, max(right - left, _LEAST), max(bottom - top, _LEAST)))
