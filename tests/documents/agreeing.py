"""What an invoice says, field by field, in each of its forms: frozen content, database row, PDF, OFD, XML.

Texts are compared without spaces; a column of items is one text, its rows one after the other.
"""

from collections.abc import Callable

from invoicing.documents import layout
from invoicing.documents.canonical import plain_text
from invoicing.documents.face import title_of
from invoicing.documents.figures import chinese_date, price_text, rate_text, tax_text
from invoicing.documents.snapshot import InvoiceSnapshot, SnapshotLine
from invoicing.domain.wording import amount_in_words
from invoicing.models import CreditNote, Invoice
from tests.documents import reading
from tests.documents.ofd_reading import Ofd

Fields = dict[str, str]
TAGS = {
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
_TALL = {"buyer-name": 9.6, "seller-name": 9.6, "remarks": layout.REMARKS_HEIGHT}
_STAMP_HEIGHT = 12  # mm; only the pale word across the face is so large


def frozen(snapshot: InvoiceSnapshot) -> Fields:
    """What a reader of the face must find."""
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
    texts = {
        "title": title_of(snapshot),
        "number": snapshot.number,
        "date": chinese_date(snapshot.issued_on),
        "buyer-name": snapshot.buyer.name,
        "buyer-id": snapshot.buyer.tax_id,
        "seller-name": snapshot.seller.name,
        "seller-id": snapshot.seller.tax_id,
        "remarks": snapshot.printed_remarks,
        "total-net": f"¥{snapshot.net}",
        "total-tax": f"¥{snapshot.tax}",
        "words": amount_in_words(snapshot.gross),
        "gross": f"¥{snapshot.gross}",
        "drawer": snapshot.drawer,
    }
    texts |= {name: "".join(map(value, snapshot.lines)) for name, value in columns.items()}
    return {name: _bare(text) for name, text in texts.items()}


def in_row(document: Invoice | CreditNote) -> Fields:
    """What the columns of the database say; what only the frozen content holds is not among it."""
    invoice = document if isinstance(document, Invoice) else document.invoice
    lines = list(document.lines.order_by("position"))
    sources = [line if isinstance(document, Invoice) else line.line for line in lines]
    texts = {
        "title": {"electronic": "电子发票", "paper": "数电纸质发票"}[document.medium]
        + {"general": "（普通发票）", "special": "（增值税专用发票）"}[document.kind],
        "number": document.number or "",
        "date": f"{document.invoice_date:%Y年%m月%d日}",
        "buyer-name": invoice.application.buyer["name"],
        "buyer-id": invoice.application.buyer["tax_id"],
        "seller-name": document.entity.name,
        "seller-id": document.entity.tax_id,
        "total-net": f"¥{document.net.amount}",
        "total-tax": f"¥{document.tax.amount}",
        "gross": f"¥{document.gross.amount}",
        "item-name": "".join(
            f"*{line.short_name}*{line.content}" if line.short_name else line.content
            for line in sources
        ),
        "item-amount": "".join(str(line.net) for line in lines),
        "item-rate": "".join(f"{float(line.rate * 100):g}%" for line in sources),
        "item-tax": "".join(str(line.tax) for line in lines),
    }
    return {name: _bare(text) for name, text in texts.items()}


def in_pdf(pdf: bytes) -> Fields:
    """What stands in each place of the face, read by poppler: fields on the last page, columns on all."""
    pages = [
        [word for word in page if word.bottom - word.top < _STAMP_HEIGHT]
        for page in reading.pages(pdf)
    ]
    found = {}
    for name in ("title", *TAGS.values(), "words"):
        if box := layout.FIELDS.get(name):
            edges = (box.x, box.x + box.w, box.y, box.y + _TALL.get(name, box.h))
            found[name] = _within(pages[-1], *edges)
    bottom = layout.SUBTOTAL_Y if len(pages) > 1 else layout.TOTAL_Y
    for column in layout.COLUMNS:
        edges = (column.x, column.end, layout.ROW_TOP, bottom)
        found[column.name] = "".join(_within(page, *edges) for page in pages)
    return found


def in_ofd(ofd: Ofd) -> Fields:
    """What the custom tags point at, by the names of the face."""
    return {name: _bare("".join(ofd.tags.get(tag, []))) for tag, name in TAGS.items()}


def _within(words: list[reading.Word], left: float, right: float, top: float, bottom: float) -> str:
    inside = [
        word
        for word in words
        if left - 0.4 <= word.left and word.right <= right + 0.6 and top <= word.middle <= bottom
    ]
    rows = sorted(inside, key=lambda word: (round(word.middle / 1.5), word.left))
    return "".join(word.text for word in rows)


def _bare(text: str) -> str:
    return "".join(text.split())
