"""Invoice files of other origin: four dialects of XML become one frozen value, or a refusal of one line.

A file is believed only as far as it agrees with itself: the amounts must be cents, net + tax must be the total, and rows,
where there are some, must sum to it. The tax bureau's signature is not checked: no library can, so `signed` only says
that there is one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from xml.etree.ElementTree import Element

from invoicing.documents.canonical import Canonical, as_money, as_plain
from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.figures import NO_TAX
from invoicing.documents.xml_dialects import DIALECTS, Dialect, LineTags
from invoicing.documents.xml_reading import day, number, split_name
from invoicing.documents.xml_safe import InvalidDocument, parse, text

_CENT = Decimal("0.01")
_SPECIMEN_REGION = "99"


@dataclass(frozen=True)
class ForeignParty(Canonical):
    """Who sold or bought, as far as the file says."""

    name: str
    tax_id: str = ""


@dataclass(frozen=True)
class ForeignLine(Canonical):
    """A row in yuan. `rate` is None when the file gives none or another word than a number."""

    content: str
    net: Decimal
    tax: Decimal
    short_name: str = ""
    rate: Decimal | None = None
    quantity: Decimal | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        as_money(self, "net", "tax")
        as_plain(self, "rate", "quantity")


@dataclass(frozen=True)
class ForeignInvoice(Canonical):
    """What an invoice file says, in yuan. `code` is the invoice code of old invoices; `lines` may be empty.

    `credit_of` is the number of the invoice that a red one takes back, `specimen` marks numbers of the sandbox.
    """

    dialect: str
    number: str
    code: str
    kind: Literal["special", "general", ""]
    issued_on: date
    seller: ForeignParty
    buyer: ForeignParty
    net: Decimal
    tax: Decimal
    gross: Decimal
    lines: tuple[ForeignLine, ...]
    remarks: str
    credit_of: str
    signed: bool
    specimen: bool

    def __post_init__(self) -> None:
        as_money(self, "net", "tax", "gross")


def import_invoice(content: bytes) -> ForeignInvoice:
    """The invoice in an XML file: EInvoice, Chinese tags, pinyin tags, or the eInvoice of 2019.

    Raises `InvalidDocument` with one line that says what is wrong.
    """
    root = parse(content)
    dialect = next((known for known in DIALECTS if known.speaks(root)), None)
    if dialect is None:
        raise InvalidDocument(
            f"The file is no invoice that can be read: its root is {root.tag[:60]!r}."
        )
    try:
        invoice = _invoice(root, dialect)
    except InvalidSnapshot as problem:
        raise InvalidDocument(str(problem)) from problem
    _check(invoice)
    return invoice


def _invoice(root: Element, dialect: Dialect) -> ForeignInvoice:
    def value(field: str) -> str:
        return _first(root, dialect.paths.get(field, ()))

    written = _digits(value("number"), "number", (8, 20))
    return ForeignInvoice(
        dialect=dialect.name,
        number=written,
        code=_digits(value("code"), "code", (0, 10, 12)),
        kind=dialect.kind(value("kind")),
        issued_on=day(value("issued_on")),
        seller=_party(value("seller"), value("seller_id"), "seller"),
        buyer=_party(value("buyer"), value("buyer_id"), "buyer"),
        net=_money(value("net")),
        tax=_money(value("tax")),
        gross=_money(value("gross")),
        lines=_lines(root, dialect),
        remarks=value("remarks"),
        credit_of=_digits(value("credit_of"), "number of the original", (0, 8, 20)),
        signed=bool(dialect.signature) and root.find(dialect.signature) is not None,
        specimen=len(written) == 20 and written[2:4] == _SPECIMEN_REGION,
    )


def _lines(root: Element, dialect: Dialect) -> tuple[ForeignLine, ...]:
    if dialect.line is None:
        return ()
    return tuple(_line(row, dialect.line) for row in root.findall(dialect.rows))


def _line(row: Element, tags: LineTags) -> ForeignLine:
    short_name, content = split_name(_first(row, tags.content))
    quantity = _first(row, tags.quantity)
    return ForeignLine(
        content=content,
        short_name=short_name,
        net=_money(_first(row, tags.net)),
        tax=_money(_first(row, tags.tax)),
        rate=_rate(_first(row, tags.rate)),
        quantity=number(quantity) if quantity else None,
        unit=_first(row, tags.unit),
    )


def _first(root: Element, paths: tuple[str, ...]) -> str:
    """The text at the first of `paths` that says something, trimmed."""
    return next((value for path in paths if (value := text(root, path).strip())), "")


def _party(name: str, tax_id: str, side: str) -> ForeignParty:
    if not name:
        raise InvalidDocument(f"The file does not name the {side}.")
    return ForeignParty(name[:200], tax_id[:30])


def _digits(written: str, what: str, lengths: tuple[int, ...]) -> str:
    if len(written) not in lengths or not (
        (written.isascii() and written.isdigit()) or not written
    ):
        raise InvalidDocument(f"The {what} {written[:40]!r} is not one of an invoice.")
    return written


def _money(written: str) -> Decimal:
    """¥1,234.50 and 1234.5 as 1234.50; no tax (***) as zero. Raises `InvalidDocument` for fractions of a cent."""
    if written == NO_TAX:
        return Decimal("0.00")
    amount = number(written.lstrip("¥￥").replace(",", ""))
    if abs(amount) >= Decimal(10) ** 14 or amount != amount.quantize(_CENT):
        raise InvalidDocument(f"{written[:40]!r} is not an amount in cents.")
    return amount.quantize(_CENT)


def _rate(written: str) -> Decimal | None:
    """6% and 0.06 as 0.06; words (免税, 不征税, ***) as None."""
    percent = written.endswith("%")
    try:
        rate = number(written.removesuffix("%"))
    except InvalidDocument:
        return None
    rate = rate / 100 if percent else rate
    if not 0 <= rate < 1:
        raise InvalidDocument(f"{written[:40]!r} is not a tax rate.")
    return rate


def _check(invoice: ForeignInvoice) -> None:
    if invoice.net + invoice.tax != invoice.gross:
        raise InvalidDocument(
            f"The figures contradict each other: {invoice.net} + {invoice.tax} is not {invoice.gross}."
        )
    for field in ("net", "tax"):
        total = sum((getattr(line, field) for line in invoice.lines), Decimal(0))
        if invoice.lines and total != getattr(invoice, field):
            raise InvalidDocument(
                f"The rows sum to a {field} of {total}, but the invoice says {getattr(invoice, field)}."
            )
