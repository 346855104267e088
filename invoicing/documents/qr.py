"""The QR code of a digital e-invoice: its text with the check sum, and its picture.

`01,31,,24112000000048542163,4449.00,20240528,,B2B6`: version, kind, an empty invoice code, number, gross total, date,
an empty check code, CRC-16. 31 is the special, 32 the general invoice; sources name no other code for paper copies.
"""

import io

import segno

from invoicing.documents.snapshot import InvoiceSnapshot

STROKE = "1.03"
_KIND_CODES = {"special": "31", "general": "32"}


def crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x8005, initial value 0, no reflection and no final xor."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def qr_text(snapshot: InvoiceSnapshot) -> str:
    """The text in the QR code, check sum included."""
    day = snapshot.issued_on.strftime("%Y%m%d")
    text = f"01,{_KIND_CODES[snapshot.kind]},,{snapshot.number},{snapshot.gross},{day},,"
    return f"{text}{crc16(text.encode()):04X}"


def qr_path(text: str) -> tuple[int, str]:
    """How many modules the square has to a side (no quiet zone), and the dark ones as strokes of an SVG path.

    Draw the path with a `STROKE` wide pen: a little wider than a module, so that no viewer shows hairlines between rows.
    """
    rows = segno.make(text, error="m", micro=False).matrix
    path = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                path.append(f"M{x} {y}.5h{run}")
            x += run or 1
    return len(rows), "".join(path)


def qr_svg(text: str) -> str:
    """A stand-alone SVG picture of the code, one unit to a module, without quiet zone."""
    size, path = qr_path(text)
    pen = f'<path d="{path}" fill="none" stroke="#000" stroke-width="{STROKE}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">{pen}</svg>'


def qr_png(text: str, scale: int = 8) -> bytes:
    """A PNG picture of the code, `scale` pixels to a module, without quiet zone."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=scale, border=0)
    return picture.getvalue()
