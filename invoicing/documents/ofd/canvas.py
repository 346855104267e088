"""The graphics half of the recorder: the state that PDF operators set, and the paths they draw, as OFD paths in mm."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot
from typing import Any, Never

from invoicing.documents.errors import DocumentError
from invoicing.documents.ofd.objects import PageObject, PathObject, Pen, Point, Rectangle, around

Matrix = tuple[float, float, float, float, float, float]
MM_PER_PIXEL = 25.4 / 96

_CAPS, _JOINS = ("Butt", "Round", "Square"), ("Miter", "Round", "Bevel")
_COLOUR_SPACES = ("srgb", "hsl", "hwb")
# What WeasyPrint wants of its stream before it paints these.
_REFUSED = {"ctm": "a pattern or gradient", "add_group": "transparency or a picture as background"}
_CLOSE = 0.02  # mm
_SAME = 1e-6


class NotInOfd(DocumentError):
    """The layout asks for something that the OFD file cannot say."""


@dataclass(slots=True)
class State:
    """The graphics state that PDF operators push and pop; lengths in units of `matrix`, `clip` in mm."""

    matrix: Matrix
    fill: str = "0 0 0"
    stroke: str = "0 0 0"
    width: float = 1.0
    cap: str = "Butt"
    join: str = "Miter"
    miter: float = 10.0
    dashes: tuple[float, ...] = ()
    phase: float = 0.0
    clip: Rectangle | None = None


class Canvas:
    """The methods that WeasyPrint calls on its PDF stream to draw paths; any other is refused."""

    def __init__(self) -> None:
        self._objects: list[PageObject] = []
        self._states = [State((MM_PER_PIXEL, 0, 0, MM_PER_PIXEL, 0, 0))]
        self._steps: list[tuple[str, tuple[Point, ...]]] = []
        self._refusal: NotInOfd | None = None

    def objects(self) -> list[PageObject]:
        """What was painted, from back to front. Raises `NotInOfd` if anything was refused."""
        if self._refusal:
            raise self._refusal
        return self._objects

    def refuse(self, what: str) -> Never:
        """Raise `NotInOfd`, now and again in `objects()`: WeasyPrint logs what goes wrong in a drawing and goes on."""
        self._refusal = self._refusal or NotInOfd(f"OFD cannot show {what}.")
        raise self._refusal

    def __getattr__(self, name: str) -> Never:
        if name.startswith("__"):
            raise AttributeError(name)
        self.refuse(_REFUSED.get(name, f"what the PDF does with {name}"))

    def add(self, item: PageObject) -> None:
        """Note an object. Refuses what the clip would cut, because viewers show such objects whole or not at all."""
        if clip := self.state.clip:
            left, top, right, bottom = item.box
            room = min(left - clip[0], top - clip[1], clip[2] - right, clip[3] - bottom)
            if room < -_CLOSE:
                self.refuse("what a clip cuts off")
        self._objects.append(item)

    def upright(self, matrix: Matrix) -> tuple[float, Point]:
        """The scale of `matrix` and the direction of its first axis. Refuses what stretches, shears or mirrors."""
        a, b, c, d, _, _ = matrix
        scale = hypot(a, b)
        if not scale or abs(a - d) > _SAME * scale or abs(b + c) > _SAME * scale:
            self.refuse("a drawing or text that is stretched or mirrored")
        return scale, (a / scale, b / scale) if abs(b) > _SAME * scale or a < 0 else (1.0, 0.0)

    # State

    @property
    def state(self) -> State:
        return self._states[-1]

    def push_state(self) -> None:
        self._states.append(copy.copy(self._states[-1]))

    def pop_state(self) -> None:
        self._states.pop()

    @contextmanager
    def stacked(self) -> Iterator[None]:
        self.push_state()
        yield
        self.pop_state()

    @contextmanager
    def artifact(self) -> Iterator[None]:
        yield

    def transform(
        self, a: float = 1, b: float = 0, c: float = 0, d: float = 1, e: float = 0, f: float = 0
    ) -> None:
        self.state.matrix = both((a, b, c, d, e, f), self.state.matrix)

    def set_color(self, color: Any, *, stroke: bool = False) -> None:
        if color.alpha != 1:
            self.refuse("transparency")
        if color.space not in _COLOUR_SPACES:
            self.refuse(f"colours in {color.space}")
        value = " ".join(str(round(255 * part)) for part in color.to("srgb").coordinates)
        if stroke:
            self.state.stroke = value
        else:
            self.state.fill = value

    def set_alpha(self, alpha: float, **_which: bool) -> None:
        if alpha != 1:
            self.refuse("transparency")

    def set_line_width(self, width: float) -> None:
        self.state.width = width

    def set_line_cap(self, line_cap: int) -> None:
        self.state.cap = _CAPS[line_cap]

    def set_line_join(self, line_join: int) -> None:
        self.state.join = _JOINS[line_join]

    def set_miter_limit(self, miter_limit: float) -> None:
        self.state.miter = miter_limit

    def set_dash(self, dash_array: tuple[float, ...], dash_phase: float) -> None:
        self.state.dashes, self.state.phase = tuple(dash_array), dash_phase

    # Paths

    def _step(self, letter: str, *points: Point) -> None:
        matrix = self.state.matrix
        self._steps.append((letter, tuple(moved(matrix, x, y) for x, y in points)))

    def move_to(self, x: float, y: float) -> None:
        self._step("M", (x, y))

    def line_to(self, x: float, y: float) -> None:
        self._step("L", (x, y))

    def curve_to(self, x1: float, y1: float, x2: float, y2: float, x3: float, y3: float) -> None:
        self._step("B", (x1, y1), (x2, y2), (x3, y3))

    def close(self) -> None:
        self._step("C")

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        self.move_to(x, y)
        self.line_to(x + width, y)
        self.line_to(x + width, y + height)
        self.line_to(x, y + height)
        self.close()

    def clip(self, **_rule: bool) -> None:
        """Clip to the current path, which must be one upright rectangle, so that every rule means the same."""
        corners = [point for _, points in self._steps for point in points]
        left, top, right, bottom = box = around(corners)
        letters = "".join(letter for letter, _ in self._steps)
        if letters != "MLLLC" or any(
            x not in (left, right) or y not in (top, bottom) for x, y in corners
        ):
            self.refuse("a clip that is not one rectangle")
        old = self.state.clip or box
        self.state.clip = (
            max(left, old[0]),
            max(top, old[1]),
            min(right, old[2]),
            min(bottom, old[3]),
        )

    def end(self) -> None:
        self._steps = []

    def fill(self, even_odd: bool = False) -> None:  # noqa: FBT001
        self._paint(self.state.fill, None, even_odd=even_odd)

    def stroke(self) -> None:
        self._paint(None, self._pen(), even_odd=False)

    def fill_and_stroke(self, even_odd: bool = False) -> None:  # noqa: FBT001
        self._paint(self.state.fill, self._pen(), even_odd=even_odd)

    def _pen(self) -> Pen:
        state = self.state
        scale, _ = self.upright(state.matrix)
        dashes = tuple(scale * dash for dash in state.dashes)
        width, phase = scale * state.width, scale * state.phase
        return Pen(state.stroke, width, state.cap, state.join, state.miter, dashes, phase)

    def _paint(self, fill: str | None, pen: Pen | None, *, even_odd: bool) -> None:
        steps, self._steps = self._steps, []
        # A move that another follows draws nothing.
        after = [letter for letter, _ in steps[1:]] + ["M"]
        drawn = tuple(
            step for step, then in zip(steps, after, strict=True) if step[0] + then != "MM"
        )
        if drawn:
            self.add(PathObject(drawn, fill, pen, even_odd))


def both(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does `first` and `then` the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def moved(matrix: Matrix, x: float, y: float) -> Point:
    """Where `matrix` puts the point (x, y)."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
