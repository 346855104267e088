"""Invented commercial invoices and pictures for the tests of English documents."""

import io
from dataclasses import fields
from typing import Any

from PIL import Image, ImageDraw

from invoicing.documents import png
from invoicing.documents.snapshot import CommercialInvoiceSnapshot, OverseasSnapshot, Party
from tests.documents.samples import proforma

SELLER = Party(
    "Spruce Example Cloud (HK) Limited",
    "0000001-HK",
    address="18/F, Example Tower, 1 Harbour Example Road, Wan Chai",
    phone="+852 5550 0142",
    bank="Example Bank, Hong Kong",
    bank_account="000-123456-789",
    country="HK",
)
LINK = "https://billing.example.com/verify/CI-2026-000007-abcdefghijklmnopqrstuvwx23"


def picture(colour: str = "red", width: int = 120, height: int = 120) -> str:
    """A ring in base64, as a seal might be."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((4, 4, width - 4, height - 4), outline=colour, width=8)
    made = io.BytesIO()
    image.save(made, "PNG")
    return png.encode(made.getvalue())


def commercial(**changes: Any) -> CommercialInvoiceSnapshot:
    """The commercial invoice after `proforma()`, four lines in USD, unless `changes` say otherwise."""
    shared = {f.name: getattr(proforma(), f.name) for f in fields(OverseasSnapshot)}
    own = {"number": "CI-2026-000007", "seller": SELLER, "proforma": "PF-2026-000042"}
    return CommercialInvoiceSnapshot(**(shared | own | changes))
