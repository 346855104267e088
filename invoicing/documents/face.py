"""An invoice snapshot placed on the pages of the face: every text with its place, ready for any file format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance_console.kernel.money import ZERO
from invoicing.documents import layout
from invoicing.documents.canonical import plain_text
from invoicing.documents.errors import DoesNotFit
from invoicing.documents.figures import chinese_date, price_text, rate_text, tax_text
from invoicing.documents.snapshot import InvoiceSnapshot, SnapshotLine
from invoicing.documents.typeset import fit, width_in_em, wrap
from invoicing.domain.wording import amount_in_words
from ledger.domain.naming import printed_name

_KINDS = {"general": "普通发票", "special": "增值税专用发票"}
_MEDIA = {"electronic": "电子发票", "paper": "数电纸质发票"}
_SIZES = (18.0, 16.0, 14.0, 12.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_NAME_STEPS = ((9.0, 4.2), (8.0, 3.2), (7.0, 2.9))
_REMARK_STEPS = ((9.0, 3.3), (8.0, 3.0), (7.0, 2.6), (6.0, 2.2), (5.0, 1.85))
_VERIFY_STEPS = ((7.0, 2.7), (6.0, 2.5))
_NAMED = 2  # so many red invoices are named in the note
_MONO_EM = 1.2  # the typewriter face is wider than 宋体


@dataclass(frozen=True)
class Mark:
    """What makes a rendering different from the original: the stamp on it, and a note below the frame."""

    stamp: str
    note: str


SPECIMEN = Mark(
    "样 张\nSPECIMEN", "样张：由沙箱通道生成，不是税务凭证。Specimen, not a tax document."
)
COPY = Mark("副本 COPY", "副本：不是原件。Copy, not the original.")


def credited(numbers: Sequence[str], *, partly: bool = False) -> Mark:
    """The mark of an invoice that the red invoices `numbers` took back, wholly or partly (SC-78)."""
    how, stamp = ("部分红冲", "部分红冲 PART CREDITED") if partly else ("红冲", "已红冲 CREDITED")
    named = "、".join(numbers[:_NAMED]) + ("等" if len(numbers) > _NAMED else "")
    return Mark(stamp, f"本发票已被{how}，红字发票号码：{named}")


@dataclass(frozen=True)
class Text:
    """A text in its place: `name` is a key of `layout.FIELDS`; `size` (points) and `pitch` (mm) as it was made to fit.

    Lines are separated by line feeds.
    """

    name: str
    string: str
    size: float
    pitch: float


@dataclass(frozen=True)
class Cell:
    """The lines of one column in one row. `name` is that of its column."""

    name: str
    string: str
    size: float


@dataclass(frozen=True)
class Page:
    """What one page of the face shows besides its lines, labels and QR code."""

    number: int
    texts: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]


def title_of(snapshot: InvoiceSnapshot) -> str:
    """The title on the face, for example 电子发票（普通发票）."""
    return f"{_MEDIA[snapshot.medium]}（{_KINDS[snapshot.kind]}）"


def place(snapshot: InvoiceSnapshot, mark: Mark | None = None) -> tuple[Page, ...]:
    """The pages of the invoice. Raises `DoesNotFit` when a name, a figure or the remarks are too long for the face."""
    chunks = _paginate(snapshot.lines)
    every_page = (*_head(snapshot), *_marks(snapshot, mark))
    pages = []
    for number, rows in enumerate(chunks, start=1):
        texts = list(every_page)
        if len(chunks) > 1:
            texts.append(_single("page", f"共{len(chunks)}页 第{number}页"))
            begun = [row.line for row in rows if row.line is not None]
            net, tax = (sum((getattr(x, part) for x in begun), ZERO) for part in ("net", "tax"))
            texts += _sums("subtotal", "小 计", net, tax)
        if number == len(chunks):
            texts += _totals(snapshot)
        shown = tuple(text for text in texts if text.string)
        pages.append(Page(number, shown, tuple(row.cells for row in rows)))
    return tuple(pages)


def _head(snapshot: InvoiceSnapshot) -> Iterator[Text]:
    """What stands on every page: title, number, date, parties, remarks, drawer."""
    yield _single("title", title_of(snapshot))
    yield _single("number", snapshot.number)
    yield _single("date", chinese_date(snapshot.issued_on))
    yield _block("buyer-name", snapshot.buyer.name, layout.NAME_HEIGHT, _NAME_STEPS)
    yield _single("buyer-id", snapshot.buyer.tax_id, em=_MONO_EM)
    yield _block("seller-name", snapshot.seller.name, layout.NAME_HEIGHT, _NAME_STEPS)
    yield _single("seller-id", snapshot.seller.tax_id, em=_MONO_EM)
    yield _block("remarks", snapshot.printed_remarks, layout.REMARKS_HEIGHT, _REMARK_STEPS)
    yield _single("drawer", snapshot.drawer)
    if snapshot.verify_url:
        text = f"核验 Verify: {snapshot.verify_url}"
        yield _block("verify", text, layout.VERIFY_HEIGHT, _VERIFY_STEPS)


def _marks(snapshot: InvoiceSnapshot, mark: Mark | None) -> Iterator[Text]:
    """A specimen stays one in every rendering; the pale word behind the rows is that of the other mark, if any."""
    specimen = SPECIMEN if snapshot.specimen else None
    if specimen:
        yield _as_is("specimen", specimen.stamp)
    if mark:
        yield _single("mark", mark.stamp)
    if last := mark or specimen:
        yield _single("back", last.stamp.replace("样 张\n", "样张 "))
        yield _as_is("notes", "\n".join(each.note for each in (specimen, mark) if each))


def _totals(snapshot: InvoiceSnapshot) -> Iterator[Text]:
    yield from _sums("total", "合 计", snapshot.net, snapshot.tax)
    yield _single("words", amount_in_words(snapshot.gross))
    yield _single("gross", f"¥{snapshot.gross}")


def _sums(name: str, title: str, net: Decimal, tax: Decimal) -> Iterator[Text]:
    yield _single(f"{name}-label", title)
    yield _single(f"{name}-net", f"¥{net}")
    yield _single(f"{name}-tax", f"¥{tax}")


@dataclass(frozen=True)
class _Row:
    """A row of the table, or the part of a very tall row that stands on one page (`line` is on its first part)."""

    line: SnapshotLine | None
    cells: tuple[Cell, ...]


_Column = tuple[str, list[str], float]


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
            part = [(name, strings[start : start + room], size) for name, strings, size in columns]
            tall = max(len(strings) for _, strings, _ in part)
            if used + tall > room:
                pages.append([])
                used = 0
            cells = tuple(Cell(name, "\n".join(strings), size) for name, strings, size in part)
            pages[-1].append(_Row(line if start == 0 else None, cells))
            used += tall
    return pages


def _columns(line: SnapshotLine) -> list[_Column]:
    """The columns of one row: name, the text lines in it, and their size. Words wrap, figures shrink."""
    name = printed_name(line.short_name, line.content)
    quantity = "" if line.quantity is None else plain_text(line.quantity)
    texts = {
        "item-name": name,
        "item-model": line.model,
        "item-unit": line.unit,
        "item-quantity": quantity,
        "item-price": price_text(line),
        "item-amount": str(line.net),
        "item-rate": rate_text(line.rate),
        "item-tax": tax_text(line),
    }
    columns: list[_Column] = []
    for column in layout.COLUMNS:
        text = texts[column.name]
        if column.name in ("item-name", "item-model", "item-unit"):
            columns.append((column.name, wrap(text, column.w, layout.NORMAL), layout.NORMAL))
        else:
            size = _size_for(text, column.w, layout.NORMAL, column.name)
            columns.append((column.name, [text], size))
    return columns


def _single(name: str, text: str, em: float = 1.0) -> Text:
    """One line, in a smaller size when it is long. `em` corrects for fonts wider than 宋体."""
    box = layout.FIELDS[name]
    return Text(name, text, _size_for(text, box.w, box.size, name, em), box.h)


def _as_is(name: str, text: str) -> Text:
    box = layout.FIELDS[name]
    return Text(name, text, box.size, box.h)


def _size_for(text: str, width: float, size: float, place: str, em: float = 1.0) -> float:
    for smaller in (size, *(step for step in _SIZES if step < size)):
        if width_in_em(text) * em * smaller * layout.MM_PER_POINT <= width + 0.05:
            return smaller
    raise DoesNotFit(place, text)


def _block(name: str, text: str, height: float, steps: tuple[tuple[float, float], ...]) -> Text:
    """Several lines from the top of the box down to `height`."""
    size, pitch, strings = fit(text, layout.FIELDS[name].w, height, steps, name)
    return Text(name, "\n".join(strings), size, pitch)
