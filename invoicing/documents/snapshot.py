"""What is printed, frozen: all that a renderer may know about an invoice or a proforma.

A snapshot is checked when it is made, has one canonical JSON form (sorted keys, decimals as text) and a digest of it,
so that the same snapshot is the same document, today and next year.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from invoicing.documents.canonical import Canonical, as_money, as_plain
from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.png import check_png

Kind = Literal["general", "special"]
Medium = Literal["electronic", "paper"]
MAX_LINES = 2000
_INVOICE_NUMBER = re.compile(r"[0-9]{20}")
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSAFE = frozenset(f"{_BIDI_CONTROLS}\ufffe\uffff")  # XML cannot hold the last two


@dataclass(frozen=True)
class Party(Canonical):
    """A seller or a buyer. An individual buyer has an empty `tax_id`. `country` is ISO 3166 alpha-2."""

    name: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""
    country: str = "CN"

    def __post_init__(self) -> None:
        check_texts(self)
        _require(bool(self.name.strip()), "a party needs a name")


@dataclass(frozen=True)
class SnapshotLine(Canonical):
    """A row of an invoice: `net + tax == gross` in yuan with two decimals.

    `rate` 0.06 means 6 %; None means the supply is outside VAT (不征税). `unit_price` is net of tax; a quantity without
    a price gets net / quantity. `short_name` is the tax category's short name, printed as *short_name*content.
    """

    content: str
    tax_code: str
    short_name: str
    net: Decimal
    rate: Decimal | None
    tax: Decimal
    gross: Decimal
    model: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        as_money(self, "net", "tax", "gross")
        as_plain(self, "rate", "quantity", "unit_price")
        _require(bool(self.content.strip()), "a line needs a content")
        _require(
            self.net + self.tax == self.gross, f"net + tax is not gross in line {self.content}"
        )
        _require(self.gross != 0, f"line {self.content} is zero")
        _require(
            self.rate is None or 0 <= self.rate < 1,
            f"the rate of line {self.content} is not a fraction",
        )
        _require(bool(self.rate) or self.tax == 0, f"line {self.content} has tax without a rate")
        _require(
            self.quantity is None or self.quantity != 0,
            f"line {self.content} has a quantity of zero",
        )
        _require(
            self.quantity is not None or self.unit_price is None, "a unit price needs a quantity"
        )


@dataclass(frozen=True)
class InvoiceSnapshot(Canonical):
    """A Chinese fully digitalised e-invoice, or a credit note (red invoice) when `credit_of` is its original's number.

    Amounts are yuan, all of one sign. `specimen` marks what the sandbox channel issued. `remarks` may have several
    lines. A credit note without `credit_of` in its remarks gets the prescribed sentence in front of them. `verify_url` is
    where a stranger can check the invoice (see `verification`), "" where the console does not offer that.
    """

    number: str
    kind: Kind
    medium: Medium
    issued_on: date
    seller: Party
    buyer: Party
    lines: tuple[SnapshotLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    drawer: str
    remarks: str = ""
    currency: str = "CNY"
    specimen: bool = False
    credit_of: str | None = None
    red_confirmation: str | None = None
    verify_url: str = ""

    def __post_init__(self) -> None:
        check_texts(self, multiline=("remarks",))
        as_money(self, "net", "tax", "gross")
        _require(
            _INVOICE_NUMBER.fullmatch(self.number) is not None, "an invoice number has 20 digits"
        )
        _require(self.kind in ("general", "special"), f"unknown kind {self.kind}")
        _require(self.medium in ("electronic", "paper"), f"unknown medium {self.medium}")
        _require(self.currency == "CNY", f"a VAT invoice is in CNY, not {self.currency}")
        _require(1 <= len(self.lines) <= MAX_LINES, f"an invoice has 1 to {MAX_LINES} lines")
        _require(
            len({line.gross > 0 for line in self.lines}) == 1,
            "the lines of an invoice have one sign",
        )
        for field in ("net", "tax", "gross"):
            total = sum((getattr(line, field) for line in self.lines), Decimal(0))
            _require(total == getattr(self, field), f"the {field} of the lines sums to {total}")
        _require(self.credit_of is None or self.gross < 0, "a credit note is negative")

    @property
    def printed_remarks(self) -> str:
        """The remarks as printed: a credit note names its original and, if there is one, its confirmation."""
        if self.credit_of is None or self.credit_of in self.remarks:
            return self.remarks
        sentence = f"被红冲蓝字数电票号码：{self.credit_of}"
        if self.red_confirmation:
            sentence += f" 红字发票信息确认单编号：{self.red_confirmation}"
        return f"{sentence}\n{self.remarks}".strip()


@dataclass(frozen=True)
class ProformaLine(Canonical):
    """A row of a proforma: what, for which period, and how much in the proforma's currency."""

    description: str
    amount: Decimal
    period: str = ""

    def __post_init__(self) -> None:
        check_texts(self)
        as_money(self, "amount")
        _require(bool(self.description.strip()), "a line needs a description")


@dataclass(frozen=True)
class OverseasSnapshot(Canonical):
    """What the two English documents share. `logo` and `seal` are PNG pictures of the seller in base64, or ""."""

    number: str
    issued_on: date
    due_on: date
    seller: Party
    buyer: Party
    period: str
    lines: tuple[ProformaLine, ...]
    total: Decimal
    currency: str
    notes: str = ""
    specimen: bool = False
    logo: str = ""
    seal: str = ""
    verify_url: str = ""

    def __post_init__(self) -> None:
        check_texts(self, multiline=("notes",))
        as_money(self, "total")
        _require(bool(self.number.strip()), "the document needs a number")
        _require(
            re.fullmatch("[A-Z]{3}", self.currency) is not None, "the currency is an ISO 4217 code"
        )
        _require(1 <= len(self.lines) <= MAX_LINES, f"the document has 1 to {MAX_LINES} lines")
        _require(
            sum(line.amount for line in self.lines) == self.total,
            "the lines do not sum to the total",
        )
        _require(self.issued_on <= self.due_on, "it is due before it is issued")
        check_png(self.logo, "logo")
        check_png(self.seal, "seal")


@dataclass(frozen=True)
class ProformaSnapshot(OverseasSnapshot):
    """An English proforma invoice for an overseas customer: not a tax document (B13)."""


@dataclass(frozen=True)
class CommercialInvoiceSnapshot(OverseasSnapshot):
    """The English invoice that an overseas customer books. `proforma` is the number of the proforma before it, or ""."""

    proforma: str = ""
    terms: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.total >= 0, "a commercial invoice is not negative")


def _require(condition: object, problem: str) -> None:
    if not condition:
        raise InvalidSnapshot(problem[0].upper() + problem[1:] + ".")


def check_texts(snapshot: object, multiline: tuple[str, ...] = ()) -> None:
    """Refuse control characters: they print as nothing, and direction marks can disguise a figure."""
    for field, value in vars(snapshot).items():
        for character in value if isinstance(value, str) else "":
            if character == "\n" and field in multiline:
                continue
            hidden = unicodedata.category(character) in ("Cc", "Cs") or character in _UNSAFE
            _require(not hidden, f"{field} contains the control character U+{ord(character):04X}")
