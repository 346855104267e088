"""An invoice snapshot placed on the pages of the face: every text with its box, ready for any file format."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from finance_console.kernel.money import ZERO
from invoicing.documents import layout
from invoicing.documents.canonical import plain_text
from invoicing.documents.errors import DoesNotFit
from invoicing.documents.figures import chinese_date, price_text, rate_text, tax_text
from invoicing.documents.layout import Box
from invoicing.documents.snapshot import InvoiceSnapshot, SnapshotLine
from invoicing.documents.typeset import fit, width_in_em, wrap
from invoicing.domain.wording import amount_in_words

_KINDS = {"general": "普通发票", "special": "增值税专用发票"}
_MEDIA = {"electronic": "电子发票", "paper": "数电纸质发票"}
_SIZES = (18.0, 16.0, 14.0, 12.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_NAME_STEPS = ((9.0, 4.2), (8.0, 3.2), (7.0, 2.9))
_NAME_HEIGHT = 9.6
_REMARK_STEPS = ((9.0, 3.3), (8.0, 3.0), (7.0, 2.6), (6.0, 2.2), (5.0, 1.85))
_SPECIMEN_NOTE = "样张：由沙箱通道生成，不是税务凭证。Specimen, not a tax document."


@dataclass(frozen=True)
class Text:
    """One line of text in its place. `name` says which field of the invoice it is, "" for labels."""

    box: Box
    string: str
    name: str = ""


@dataclass(frozen=True)
class Page:
    """What one page of the face shows besides its lines and its QR code."""

    number: int
    texts: tuple[Text, ...]
    specimen: bool


def title_of(snapshot: InvoiceSnapshot) -> str:
    """The title on the face, for example 电子发票（普通发票）."""
    return f"{_MEDIA[snapshot.medium]}（{_KINDS[snapshot.kind]}）"


def place(snapshot: InvoiceSnapshot) -> tuple[Page, ...]:
    """The pages of the invoice. Raises `DoesNotFit` when a name, a figure or the remarks are too long for the face."""
    chunks = _paginate(snapshot.lines)
    pages = []
    for number, chunk in enumerate(chunks, start=1):
        texts = [*_head(snapshot), *(text for row in chunk for text in row.texts)]
        if len(chunks) > 1:
            texts.append(Text(layout.PAGE_COUNT, f"共{len(chunks)}页 第{number}页", "page"))
            lines = [row.line for row in chunk if row.line is not None]
            net, tax = (
                sum((x.net for x in lines), ZERO),
                sum((x.tax for x in lines), ZERO),
            )
            texts += _sums("小 计", layout.SUBTOTAL_LABEL, net, tax, "subtotal")
        if number == len(chunks):
            texts += _totals(snapshot)
        pages.append(Page(number, tuple(texts), snapshot.specimen))
    return tuple(pages)


def _head(snapshot: InvoiceSnapshot) -> Iterator[Text]:
    """What stands on every page: title, number, date, parties, remarks, drawer and all labels."""
    for box, string in layout.LABELS:
        yield Text(box, string)
    yield _single(layout.TITLE, title_of(snapshot), "title")
    yield _single(layout.NUMBER, snapshot.number, "number")
    yield _single(layout.DATE, chinese_date(snapshot.issued_on), "date")
    yield from _block(
        layout.BUYER_NAME, snapshot.buyer.name, _NAME_HEIGHT, _NAME_STEPS, "buyer name"
    )
    yield from _block(
        layout.SELLER_NAME, snapshot.seller.name, _NAME_HEIGHT, _NAME_STEPS, "seller name"
    )
    yield _single(layout.BUYER_ID, snapshot.buyer.tax_id, "buyer tax number", em=1.2)
    yield _single(layout.SELLER_ID, snapshot.seller.tax_id, "seller tax number", em=1.2)
    remarks = snapshot.printed_remarks
    yield from _block(layout.REMARKS, remarks, layout.REMARKS_HEIGHT, _REMARK_STEPS, "remarks")
    yield _single(layout.DRAWER, snapshot.drawer, "drawer")


def _totals(snapshot: InvoiceSnapshot) -> Iterator[Text]:
    yield from _sums("合 计", layout.TOTAL_LABEL, snapshot.net, snapshot.tax, "total")
    yield _single(layout.WORDS, amount_in_words(snapshot.gross), "words")
    yield _single(layout.GROSS, f"¥{snapshot.gross}", "gross")


def _sums(title: str, where: Box, net: Decimal, tax: Decimal, name: str) -> Iterator[Text]:
    yield Text(where, title)
    yield _single(replace(layout.ITEM_AMOUNT, y=where.y), f"¥{net}", f"{name} net")
    yield _single(replace(layout.ITEM_TAX, y=where.y), f"¥{tax}", f"{name} tax")


@dataclass(frozen=True)
class _Row:
    """A row of the table, or the part of a very tall row that stands on one page (`line` is on its first part)."""

    line: SnapshotLine | None
    texts: tuple[Text, ...]


def _paginate(lines: tuple[SnapshotLine, ...]) -> list[list[_Row]]:
    """The rows of each page. A row stays together unless it alone is taller than a page."""
    rows = [(line, _columns(line)) for line in lines]
    heights = [max(len(strings) for _, strings, _ in columns) for _, columns in rows]
    single = sum(heights) <= layout.SINGLE_PAGE_LINES
    room = layout.SINGLE_PAGE_LINES if single else layout.MANY_PAGES_LINES
    pages: list[list[_Row]] = [[]]
    used = 0
    for (line, columns), height in zip(rows, heights, strict=True):
        for start in range(0, height, room):
            part = [(box, strings[start : start + room], name) for box, strings, name in columns]
            tall = max(len(strings) for _, strings, _ in part)
            if used + tall > room:
                pages.append([])
                used = 0
            pages[-1].append(_Row(line if start == 0 else None, tuple(_row_texts(part, used))))
            used += tall
    return pages


def _row_texts(columns: list[tuple[Box, list[str], str]], used: int) -> Iterator[Text]:
    for box, strings, name in columns:
        for i, string in enumerate(strings):
            if string:
                yield Text(
                    replace(box, y=layout.ROW_TOP + (used + i) * layout.ROW_PITCH), string, name
                )


def _columns(line: SnapshotLine) -> list[tuple[Box, list[str], str]]:
    """The columns of one row: box, the text lines in it, and what it is."""
    name = f"*{line.short_name}*{line.content}" if line.short_name else line.content
    quantity = "" if line.quantity is None else plain_text(line.quantity)
    wrapped = (
        (layout.ITEM_NAME, name),
        (layout.ITEM_MODEL, line.model),
        (layout.ITEM_UNIT, line.unit),
    )
    single = (
        (layout.ITEM_QUANTITY, quantity, "quantity"),
        (layout.ITEM_PRICE, price_text(line), "unit price"),
        (layout.ITEM_AMOUNT, str(line.net), "amount"),
        (layout.ITEM_RATE, rate_text(line.rate), "rate"),
        (layout.ITEM_TAX, tax_text(line), "tax"),
    )
    columns = [(box, wrap(text, box.w, box.size), "item") for box, text in wrapped]
    for box, text, what in single:
        placed = _single(box, text, what)
        columns.append((placed.box, [placed.string], what))
    return columns


def _single(box: Box, text: str, name: str, em: float = 1.0) -> Text:
    """One line, in a smaller size when it is long. `em` corrects for fonts wider than 宋体."""
    for size in (box.size, *(smaller for smaller in _SIZES if smaller < box.size)):
        if width_in_em(text) * em * size * layout.MM_PER_POINT <= box.w + 0.05:
            return Text(replace(box, size=size), text, name)
    raise DoesNotFit(name, text)


def _block(
    box: Box, text: str, height: float, steps: tuple[tuple[float, float], ...], name: str
) -> Iterator[Text]:
    """Several lines from the top of `box` down to `height`."""
    size, pitch, strings = fit(text, box.w, height, steps, name)
    for i, string in enumerate(strings):
        if string:
            yield Text(replace(box, y=box.y + i * pitch, h=pitch, size=size), string, name)


def specimen_texts() -> tuple[Text, Text, Text]:
    """The marks in front of the form: 样张 and SPECIMEN in the frame beside the title, and the note below."""
    return (
        Text(layout.SPECIMEN_NAME, "样 张", "specimen"),
        Text(layout.SPECIMEN_LATIN, "SPECIMEN", "specimen"),
        Text(layout.SPECIMEN_NOTE, _SPECIMEN_NOTE, "specimen"),
    )
