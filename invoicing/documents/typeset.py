"""Breaking text into lines that fit a width, the same way for every file format.

The face is set in a font where a character is a full or a half em wide, so a width can be counted without the font.
"""

import re

from invoicing.documents.errors import DoesNotFit
from invoicing.documents.layout import MM_PER_POINT

_WORDS = re.compile(r"[!-~]+|.")
# Letters below this code point are half an em wide in the 宋体 of the face; the few exceptions above are narrower still.
_FIRST_WIDE = 0x2C7
_SLACK = 1e-6


def width_in_em(text: str) -> float:
    """The width of `text` in the face's 宋体, in em; never less than the true width."""
    return sum(0.5 if ord(character) < _FIRST_WIDE else 1.0 for character in text)


def wrap(text: str, width: float, size: float) -> list[str]:
    """`text` in lines of at most `width` mm at `size` points; line breaks in it are kept.

    Latin words and figures stay whole when they fit on a line of their own.
    """
    room = width / (size * MM_PER_POINT) + _SLACK
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _WORDS.findall(paragraph):
            if width_in_em(line + word) <= room:
                line += word
                continue
            if line and width_in_em(word) <= room:
                lines.append(line.rstrip())
                line = word.lstrip()
                continue
            for character in word:
                if width_in_em(line + character) > room:
                    lines.append(line.rstrip())
                    line = ""
                line += character
        lines.append(line.rstrip())
    return lines


def fit(
    text: str, width: float, height: float, steps: tuple[tuple[float, float], ...], place: str
) -> tuple[float, float, list[str]]:
    """The first (size in points, pitch in mm) of `steps` in which `text` fits `width` x `height`, and its lines.

    Raises `DoesNotFit` naming `place` when even the last step is too large.
    """
    for size, pitch in steps:
        lines = wrap(text, width, size)
        if len(lines) * pitch <= height + _SLACK:
            return size, pitch, lines
    raise DoesNotFit(place, text)
