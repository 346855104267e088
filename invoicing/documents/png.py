"""Pictures inside a snapshot: a logo and a seal as PNG in base64, small enough and whole."""

import base64
import binascii
import io
import struct

from PIL import Image

from invoicing.documents.errors import InvalidSnapshot

MAX_BYTES = 256 * 1024
MAX_SIDE = 2000
SIDE = 600
"""What is printed 60 mm wide at most: 250 dots to the inch."""
_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_TAIL = b"IEND\xaeB`\x82"


def encode(png: bytes) -> str:
    """`png` as a snapshot holds it, no bytes as no picture. Raises `InvalidSnapshot` for what `check_png` refuses."""
    text = base64.b64encode(png).decode("ascii")
    check_png(text, "picture")
    return text


def fitting(picture: bytes) -> bytes:
    """A picture of any size and kind as a PNG that `check_png` takes, no side above `SIDE` pixels.

    Raises `InvalidSnapshot` for what stays larger than `MAX_BYTES`, such as a photograph.
    """
    written = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as opened:
        opened.thumbnail((SIDE, SIDE))
        opened.save(written, "PNG", optimize=True)
    encode(written.getvalue())
    return written.getvalue()


def check_png(text: str, what: str) -> None:
    """Refuse what is not the base64 of a whole PNG of at most 256 kB and 2000 pixels a side. `""` is no picture."""
    if not text:
        return
    try:
        png = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        png = b""
    if base64.b64encode(png).decode("ascii") != text or not png.startswith(_HEAD):
        raise InvalidSnapshot(f"The {what} is not a PNG picture.")
    if len(png) > MAX_BYTES:
        raise InvalidSnapshot(f"The {what} is larger than {MAX_BYTES // 1024} kB.")
    if not all(1 <= side <= MAX_SIDE for side in struct.unpack(">II", png[16:24].ljust(8, b"\0"))):
        raise InvalidSnapshot(f"The {what} is larger than {MAX_SIDE} pixels.")
    try:
        if not png.endswith(_TAIL):
            raise ValueError("cut off")
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InvalidSnapshot(f"The {what} is not a whole PNG picture.") from None
