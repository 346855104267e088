"""The list of charges behind an invoice, as a document of its own: A4, as many pages as it takes, within bounds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from invoicing.documents import painting
from invoicing.documents.canonical import Canonical, as_money
from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.figures import chinese_date, grouped
from invoicing.documents.layout import MM_PER_POINT
from invoicing.documents.snapshot import check_texts
from invoicing.documents.typeset import width_in_em, wrap

MAX_LINES = 2000
"""What one document may list: it is laid out in two seconds. Longer lists are for spreadsheets."""
# Rows are lines of text in a typeface where every character is a half or a whole em wide: columns are filled up with
# spaces. A table of as many cells takes five times as long. Widths are in half em, with two between columns.
_COLUMNS = {"n": 5, "source": 30, "product": 50, "period": 7, "amount": 18}
_HEADS = ("#", "订单/账单 Order or bill", "产品 Product", "账期", "金额 Amount")
_RIGHT = ("n", "amount")
_GAP = "  "
_FIRST_PAGE, _OTHER_PAGES = 46, 54
_EM = (
    1 / MM_PER_POINT
)  # `wrap` counts in mm and points; a size of this many points makes one mm an em


@dataclass(frozen=True)
class DetailLine(Canonical):
    """One charge: its order or bill, what was consumed, the month ("YYYY-MM"), and the invoiced amount, tax included."""

    source: str
    product: str
    period: str
    amount: Decimal

    def __post_init__(self) -> None:
        check_texts(self)
        as_money(self, "amount")


@dataclass(frozen=True)
class DetailSnapshot(Canonical):
    """The charges behind the invoice `number`. Raises `InvalidSnapshot` for more than `MAX_LINES` lines."""

    number: str
    issued_on: date
    seller: str
    buyer: str
    currency: str
    lines: tuple[DetailLine, ...]
    specimen: bool = False

    def __post_init__(self) -> None:
        check_texts(self)
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidSnapshot(f"A list of charges has 1 to {MAX_LINES} lines.")

    @property
    def total(self) -> Decimal:
        """The sum of the lines, which is the total of the invoice."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))


def render_detail(snapshot: DetailSnapshot) -> bytes:
    """The list as PDF. Raises `MissingGlyph` (naming the characters) or `DocumentToolMissing`."""
    return painting.render("detail", _context(snapshot), snapshot.issued_on, snapshot.digest())


def _context(snapshot: DetailSnapshot) -> dict[str, Any]:
    return {
        "lang": "zh-CN",
        "title": f"发票明细清单 {snapshot.number}",
        "author": snapshot.seller,
        "number": snapshot.number,
        "issued_on": chinese_date(snapshot.issued_on),
        "seller": snapshot.seller,
        "buyer": snapshot.buyer,
        "currency": snapshot.currency,
        "specimen": snapshot.specimen,
        "head": _row(_HEADS),
        "pages": list(_pages(snapshot.lines)),
        "count": str(len(snapshot.lines)),
        "total": grouped(snapshot.total),
    }


def _pages(lines: tuple[DetailLine, ...]) -> Iterator[str]:
    """The lines of text of each page. A row with a long name takes several, and stays together."""
    page: list[str] = []
    room = _FIRST_PAGE
    for n, line in enumerate(lines, start=1):
        row = _lines_of(n, line)
        if len(page) + len(row) > room:
            yield "\n".join(page)
            page, room = [], _OTHER_PAGES
        page += row
    yield "\n".join(page)


def _lines_of(n: int, line: DetailLine) -> list[str]:
    texts = (str(n), line.source, line.product, line.period, grouped(line.amount))
    cells = [
        wrap(text, width / 2, _EM) for text, width in zip(texts, _COLUMNS.values(), strict=True)
    ]
    return [_row(parts) for parts in zip_longest(*cells, fillvalue="")]


def _row(parts: Iterable[str]) -> str:
    """One line of text with its columns filled up."""
    filled = []
    for (name, width), part in zip(_COLUMNS.items(), parts, strict=True):
        space = " " * max(width - round(width_in_em(part) * 2), 0)
        filled.append(space + part if name in _RIGHT else part + space)
    return _GAP.join(filled)
