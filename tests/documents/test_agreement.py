"""PDF, OFD, XML and the frozen content agree field by field, on invoices that nobody chose."""

import io
import random
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from pypdf import PdfReader

from invoicing.documents import layout
from invoicing.documents.canonical import plain_text
from invoicing.documents.figures import chinese_date, price_text, rate_text, tax_text
from invoicing.documents.files import render_files
from invoicing.documents.snapshot import InvoiceSnapshot, Party, SnapshotLine
from invoicing.documents.xml import as_filed
from invoicing.documents.xml_reading import read_einvoice
from invoicing.domain.wording import amount_in_words
from tests.documents import reading
from tests.documents.ofd_reading import Ofd

RATES = (None, *map(Decimal, ("0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13")))
HAN = "云服务器存储网络数据库加速安全备份喆犇堃昇珺䶮㛃"
LATIN = "ABCxyz0189-/"
HUNDREDTH = Decimal("0.01")
Fields = dict[str, str]


def a_text(chance: random.Random, shortest: int, longest: int) -> str:
    letters = HAN * 2 + LATIN
    return "".join(chance.choice(letters) for _ in range(chance.randint(shortest, longest)))


def a_line(chance: random.Random, sign: int) -> SnapshotLine:
    """Amounts from a cent to the cap of an e-invoice."""
    cents = chance.choice((chance.randint(1, 200), chance.randint(1, 10**6), 9_999_999))
    gross, rate = sign * Decimal(cents) / 100, chance.choice(RATES)
    net = (gross / (1 + (rate or 0))).quantize(HUNDREDTH, ROUND_HALF_UP)
    counted = chance.random() < 0.6
    return SnapshotLine(
        content=a_text(chance, 1, 40),
        short_name=chance.choice(("信息技术服务", "")),
        tax_code="3040201030000000000",
        net=net,
        rate=rate,
        tax=gross - net,
        gross=gross,
        model=a_text(chance, 0, 12),
        unit=chance.choice(("", "月", "GB", "次")),
        quantity=sign * Decimal(chance.randint(1, 10**6)) / 1000 if counted else None,
    )


def an_invoice(seed: int) -> InvoiceSnapshot:
    """A blue or red invoice of 1 to 40 lines, general or special, of a company or a person.

    Not a specimen: the word behind the rows would be read with them.
    """
    chance = random.Random(seed)
    red = seed % 4 == 3
    count = chance.choice((1, 1, 2, 3, chance.randint(4, 9), 40 if seed % 9 == 0 else 7))
    lines = tuple(a_line(chance, -1 if red else 1) for _ in range(count))
    return InvoiceSnapshot(
        number=f"26991{chance.randrange(10**15):015d}",
        kind=chance.choice(("general", "special")),
        medium=chance.choice(("electronic", "paper")),
        issued_on=date(2026, chance.randint(1, 12), chance.randint(1, 28)),
        seller=Party(a_text(chance, 1, 60), "91110108MA0EXAMP19"),
        buyer=Party(a_text(chance, 1, 100), chance.choice(("91370200MA3C8XTY1Q", ""))),
        lines=lines,
        net=sum((line.net for line in lines), Decimal(0)),
        tax=sum((line.tax for line in lines), Decimal(0)),
        gross=sum((line.gross for line in lines), Decimal(0)),
        drawer=a_text(chance, 1, 4),
        remarks="\n".join(a_text(chance, 1, 60) for _ in range(chance.randint(0, 3))),
        credit_of="26991000000000000007" if red else None,
        red_confirmation="11010826031001000012" if red and seed % 8 == 3 else None,
    )


def printed(snapshot: InvoiceSnapshot) -> Fields:
    """What a reader of the face must find, without spaces: rows of a column one after the other."""
    lines = snapshot.lines
    columns: dict[str, Callable[[SnapshotLine], str]] = {
        "item-name": lambda x: f"*{x.short_name}*{x.content}" if x.short_name else x.content,
        "item-model": lambda x: x.model,
        "item-unit": lambda x: x.unit,
        "item-quantity": lambda x: "" if x.quantity is None else plain_text(x.quantity),
        "item-price": price_text,
        "item-amount": lambda x: str(x.net),
        "item-rate": lambda x: rate_text(x.rate),
        "item-tax": tax_text,
    }
    return {
        "number": snapshot.number,
        "date": chinese_date(snapshot.issued_on),
        "buyer-name": snapshot.buyer.name,
        "buyer-id": snapshot.buyer.tax_id,
        "seller-name": snapshot.seller.name,
        "seller-id": snapshot.seller.tax_id,
        "remarks": "".join(snapshot.printed_remarks.split()),
        "total-net": f"¥{snapshot.net}",
        "total-tax": f"¥{snapshot.tax}",
        "words": amount_in_words(snapshot.gross),
        "gross": f"¥{snapshot.gross}",
        "drawer": snapshot.drawer,
    } | {name: "".join(map(value, lines)) for name, value in columns.items()}


def in_pdf(pdf: bytes) -> Fields:
    """What stands in each place of the face, read by another program: fields on the last page, columns on all."""
    last = len(PdfReader(io.BytesIO(pdf)).pages)
    words = {page: reading.words(pdf, page) for page in range(1, last + 1)}
    tall = {"buyer-name": 9.6, "seller-name": 9.6, "remarks": layout.REMARKS_HEIGHT}
    found = {}
    for name in printed(an_invoice(0)):
        if name in layout.FIELDS:
            box = layout.FIELDS[name]
            found[name] = _within(
                words[last], box.x, box.x + box.w, box.y, box.y + tall.get(name, box.h)
            )
    bottom = layout.SUBTOTAL_Y if last > 1 else layout.TOTAL_Y
    for column in layout.COLUMNS:
        found[column.name] = "".join(
            _within(words[page], column.x, column.end, layout.ROW_TOP, bottom) for page in words
        )
    return found


def _within(words: list[reading.Word], left: float, right: float, top: float, bottom: float) -> str:
    inside = [
        word
        for word in words
        if left - 0.4 <= word.left and word.right <= right + 0.6 and top <= word.middle <= bottom
    ]
    rows = sorted(inside, key=lambda word: (round(word.middle / 1.5), word.left))
    return "".join(word.text for word in rows)


def in_ofd(content: bytes) -> Fields:
    """What the custom tags of an OFD point at, by the names of the face."""
    names = {
        "InvoiceNo": "number",
        "IssueDate": "date",
        "Buyer/BuyerName": "buyer-name",
        "Buyer/BuyerTaxID": "buyer-id",
        "Seller/SellerName": "seller-name",
        "Seller/SellerTaxID": "seller-id",
        "Item": "item-name",
        "Quantity": "item-quantity",
        "Price": "item-price",
        "Amount": "item-amount",
        "TaxScheme": "item-rate",
        "TaxAmount": "item-tax",
        "TaxExclusiveTotalAmount": "total-net",
        "TaxTotalAmount": "total-tax",
        "TaxInclusiveTotalAmount": "gross",
        "Note": "remarks",
        "InvoiceClerk": "drawer",
    }
    tags = Ofd(content).tags
    return {name: "".join("".join(tags.get(tag, [])).split()) for tag, name in names.items()}


@pytest.mark.parametrize("seed", range(24))
def test_the_three_files_say_what_was_frozen(seed: int) -> None:
    snapshot = an_invoice(seed)
    rendered = render_files(snapshot)
    assert rendered.problems == {}
    expected = printed(snapshot)
    assert in_pdf(rendered.files["pdf"]) == expected
    found = in_ofd(rendered.files["ofd"])
    assert found == {name: expected[name] for name in found}
    assert read_einvoice(rendered.files["xml"]) == as_filed(snapshot)
    inside = PdfReader(io.BytesIO(rendered.files["pdf"])).attachments["original_invoice.xml"]
    assert inside == [rendered.files["xml"]]
    assert set(Ofd(rendered.files["ofd"]).attachments.values()) == {rendered.files["xml"]}


@pytest.mark.parametrize("first", range(100, 400, 100))
def test_hundreds_of_xml_files_say_what_was_frozen(first: int) -> None:
    from invoicing.documents.xml import render_einvoice

    for seed in range(first, first + 100):
        snapshot = an_invoice(seed)
        assert read_einvoice(render_einvoice(snapshot)) == as_filed(snapshot)
