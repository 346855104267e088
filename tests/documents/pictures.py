"""Pictures of each kind of document for `docs/screenshots/`, out of the invented samples: bin/pictures."""

import cmath
import io
import subprocess
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw

from invoicing.documents import png
from invoicing.documents.detail import DetailLine, DetailSnapshot, render_detail
from invoicing.documents.face import COPY, credited
from invoicing.documents.pdf import render_commercial, render_invoice, render_proforma
from invoicing.documents.snapshot import CommercialInvoiceSnapshot, Party
from tests.documents.samples import BUYER, SELLER, invoice, line, proforma
from tests.documents.samples_overseas import commercial

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DPI = 150
BLUE = "26991000000000000042"
RED = "26991000000000000043"


def documents() -> dict[str, bytes]:
    """The PDF behind each picture, by the picture's name."""
    many = invoice(*(line(f"云盘{n}", f"{100 + n}.00", unit="月") for n in range(1, 14)))
    person = invoice(
        line("云服务器", "106.00"), kind="general", buyer=Party("个人"), specimen=False, remarks=""
    )
    red = invoice(
        line("云服务器", "-4449.00"), number=RED, credit_of=BLUE, remarks="",
        red_confirmation="11010826031001000012",
    )  # fmt: skip
    paper = invoice(medium="paper", verify_url=f"https://console.example.com/verify/{BLUE}/")
    return {
        "invoice-special": render_invoice(invoice()),
        "invoice-general": render_invoice(person),
        "invoice-red": render_invoice(red),
        "invoice-pages": render_invoice(many),
        "invoice-copy": render_invoice(paper, mark=COPY),
        "invoice-credited": render_invoice(invoice(), mark=credited((RED,))),
        "invoice-detail": render_detail(detail()),
        "proforma": render_proforma(proforma()),
        "commercial": render_commercial(sealed()),
    }


def detail() -> DetailSnapshot:
    products = ("云服务器 c6.2xlarge", "Object storage, standard", "内容分发网络流量")
    lines = tuple(
        DetailLine(
            f"ORD-2026-{n:06d}",
            products[n % 3],
            "2026-02",
            Decimal(n * 137 % 900) + Decimal("0.45"),
        )
        for n in range(1, 61)
    )
    return DetailSnapshot(
        BLUE, date(2026, 3, 5), SELLER.name, BUYER.name, "CNY", lines, specimen=True
    )


def sealed() -> CommercialInvoiceSnapshot:
    """A commercial invoice with an invented logo, a spruce, and an invented seal, a star in a double ring."""
    logo, seal = (Image.new("RGBA", size, (0, 0, 0, 0)) for size in ((400, 520), (600, 600)))
    draw = ImageDraw.Draw(logo)
    for top, half in ((0, 110), (110, 150), (230, 190)):
        draw.polygon([(200, top), (200 - half, top + 210), (200 + half, top + 210)], fill="#17466f")
    draw.rectangle((180, 440, 220, 520), fill="#17466f")
    draw = ImageDraw.Draw(seal)
    for margin, width in ((8, 16), (48, 5)):
        box = (margin, margin, 600 - margin, 600 - margin)
        draw.ellipse(box, outline="#b3261c", width=width)
    points = [cmath.rect((165, 63)[n % 2], cmath.pi * (n / 5 - 0.5)) for n in range(10)]
    draw.polygon([(300 + point.real, 300 + point.imag) for point in points], fill="#b3261c")
    token = "CI-2026-000007-abcdefghijklmnopqrstuvwxyz234567"
    return commercial(
        logo=_encoded(logo),
        seal=_encoded(seal),
        terms="30 days net",
        verify_url=f"https://console.example.com/verify/{token}",
    )


def _encoded(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "PNG")
    return png.encode(written.getvalue())


def picture(pdf: bytes) -> Image.Image:
    """The pages of `pdf` below one another."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        command = ["pdftoppm", "-png", "-r", str(DPI), "-", str(target)]
        subprocess.run(command, input=pdf, check=True)
        pages = [Image.open(path).convert("RGB") for path in sorted(target.parent.iterdir())]
    whole = Image.new("RGB", (pages[0].width, sum(page.height + 4 for page in pages) - 4), "#999")
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height + 4
    return whole


def main() -> None:
    for name, pdf in documents().items():
        small = picture(pdf).quantize(64, dither=Image.Dither.NONE)
        small.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
