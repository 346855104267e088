"""The font subsets of a painted document: the same bytes that its PDF embeds, and which character each glyph is.

A viewer of OFD finds a glyph through the font's own character map, so a text may only use characters that lead to the
very glyphs of the layout. Only TrueType outlines are used, because viewers draw others wrongly.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from invoicing.documents.errors import DocumentError

_TRUETYPE = (b"\x00\x01\x00\x00", b"true")


@dataclass(frozen=True)
class Face:
    """A font subset: name, family, file, and the character of each glyph by its number."""

    name: str
    family: str
    content: bytes
    characters: dict[int, str]


def faces(fonts: Iterable[Any]) -> dict[str, Face]:
    """The faces of WeasyPrint's `fonts` by their hash, once its PDF is written.

    Raises `DocumentError` for a font without TrueType outlines or without a character map.
    """
    faces_by_hash: dict[str, Face] = {}
    for font in fonts:
        if font.hash in faces_by_hash:  # the PDF embeds the first of fonts with one hash
            continue
        name = font.name.decode().split("+")[-1]
        content: bytes = font.file_content
        if content[:4] not in _TRUETYPE or font.bitmap:
            raise DocumentError(f"The font {name} has no TrueType outlines, which OFD needs.")
        codes = character_map(content)
        # A glyph that several characters lead to is the one the text used first, as in the PDF.
        characters = {glyph: chr(code) for code, glyph in sorted(codes.items(), reverse=True)}
        for glyph, text in font.to_unicode.items():
            if len(text) == 1 and codes.get(ord(text)) == glyph:
                characters[glyph] = text
        faces_by_hash[font.hash] = Face(name, font.family, content, characters)
    return faces_by_hash


def character_map(content: bytes) -> dict[int, int]:
    """The glyph number of each code point, out of the Unicode subtables of a font's `cmap`."""
    count = struct.unpack_from(">H", content, 4)[0]
    records = (struct.unpack_from(">4sLLL", content, 12 + 16 * i) for i in range(count))
    start = next((offset for tag, _, offset, _ in records if tag == b"cmap"), None)
    if start is None:
        raise DocumentError("A font of the document has no character map.")
    glyphs: dict[int, int] = {}
    for i in range(struct.unpack_from(">H", content, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHL", content, start + 4 + 8 * i)
        kind = struct.unpack_from(">H", content, start + offset)[0]
        if platform in (0, 3) and kind == 4:
            glyphs |= _format_4(content, start + offset)
        elif platform in (0, 3) and kind == 12:
            glyphs |= _format_12(content, start + offset)
    return glyphs


def _format_4(content: bytes, at: int) -> dict[int, int]:
    segments = struct.unpack_from(">H", content, at + 6)[0] // 2
    row, width = f">{segments}H", 2 * segments
    ends = struct.unpack_from(row, content, at + 14)
    starts, deltas, ranges = (
        struct.unpack_from(row, content, at + 16 + width * i) for i in (1, 2, 3)
    )
    glyphs = {}
    for i, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if ranges[i]:
                place = at + 16 + 3 * width + 2 * i + ranges[i] + 2 * (code - first)
                glyph = struct.unpack_from(">H", content, place)[0]
            if glyph or not ranges[i]:
                glyphs[code] = (glyph + deltas[i]) & 0xFFFF
    return glyphs


def _format_12(content: bytes, at: int) -> dict[int, int]:
    glyphs: dict[int, int] = {}
    for i in range(struct.unpack_from(">L", content, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">LLL", content, at + 16 + 12 * i)
        glyphs |= {code: glyph + code - first for code in range(first, last + 1)}
    return glyphs
