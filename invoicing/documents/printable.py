"""Which characters documents can print: asked of the very faces that print, where a text is typed.

One by one: right-to-left scripts and marks that do not compose with their letter are not printed, because neither
the lines of the face nor the glyphs of OFD can place them.
"""

import unicodedata
from functools import cache

from invoicing.documents.fonts import font_files

_UNPLACED = frozenset({"Mn", "Mc", "Me", "Co", "Cn", "Cs", "Cc", "Cf"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def unprintable(text: str) -> str:
    """The characters of `text` that no document can print, each once, sorted. Raises `DocumentToolMissing`."""
    return "".join(sorted(c for c in set(text) if not _has(c)))


@cache
def _has(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    if unicodedata.category(character) in _UNPLACED:
        return False
    if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
        return False
    return ord(character) in _code_points()


@cache
def _code_points() -> frozenset[int]:
    """What the character maps of the faces hold; a second, once per process."""
    from fontTools.ttLib import TTCollection, TTFont

    points: set[int] = set()
    for file in font_files():
        if file.suffix == ".ttc":
            with TTCollection(file, lazy=True) as collection:
                for font in collection.fonts:
                    points.update(font.getBestCmap())
        else:
            with TTFont(file, lazy=True) as font:
                points.update(font.getBestCmap())
    return frozenset(points)
