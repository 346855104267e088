"""Bank statements as files: what we read of camt.053 (ISO 20022) and of our CSV, bounded and streaming.

A statement is one head and its lines. Amounts are exact, positive for money that came in. Only
booked entries count; what the bank still holds as pending comes again when it is booked.
`docs/bank-files.md` lists the fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import CURRENCIES, round_money

MOST_BYTES = 20_000_000
MOST_LINES = 50_000
LARGEST = Decimal(10) ** 14
SHOWN = 60
FIRST_YEAR, LAST_YEAR = 2000, 2099
SPREADSHEET = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class Problem(Exception):
    """What is wrong, as an English sentence with placeholders (a message id) and the values that fill it.

    `column`: the column of a table that it is about, as the file calls it.
    """

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = values
        self.column = ""
        super().__init__(sentence % values)


@dataclass(frozen=True, slots=True)
class Head:
    """Whose statement it is. Balances and period (from, until) are None where the file does not say."""

    account: str
    currency: str
    opening: Decimal | None = None
    closing: Decimal | None = None
    begins: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One booked movement. `number` is its place in the file: the line of a CSV, the entry of a camt file.

    `balance` is that of the account after it, where it is known. `undoes`: the bank takes an
    earlier movement back.
    """

    number: int
    reference: str
    amount: Decimal
    booked_on: date
    payer: str = ""
    payer_account: str = ""
    paid_into: str = ""
    remittance: str = ""
    balance: Decimal | None = None
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: its place in the file and why."""

    number: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line on which, as the bank says itself, no money moved: its place in the file."""

    number: int


Part = Head | Line | BadLine | Skipped
# The first head, and what follows: its lines, and further heads with theirs.
Read = tuple[Head, Iterator[Part]]


def is_xml(beginning: bytes) -> bool:
    """Whether a file that begins like this is meant as XML (else it is meant as CSV)."""
    plain = beginning.replace(b"\x00", b"")  # UTF-16 has one in every character
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        plain = plain.removeprefix(mark)
    return plain.lstrip()[:1] == b"<"


class Bounded:
    """A file that ends after `MOST_BYTES`: reading on raises Problem."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        wanted = self._left + 1 if size < 0 else min(size, self._left + 1)
        block = self._stream.read(wanted)
        self._left -= len(block)
        if self._left < 0:
            raise Problem(_("it is larger than %(limit)s MB."), limit=MOST_BYTES // 1_000_000)
        return block


def known_currency(code: str) -> str:
    """The currency, if we keep books in it. Raises Problem."""
    if code not in CURRENCIES:
        raise Problem(_("the currency %(currency)s is unknown."), currency=shown(code) or "?")
    return code


def amount(text: str, currency: str) -> Decimal:
    """A plain decimal number (1234.50, -3) as money. Raises Problem.

    More places than the currency has are refused, zeros too: `3.000` may mean three thousand.
    """
    plain = text.strip()
    digits = plain.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise Problem(_("the amount %(text)s is not a number."), text=shown(plain) or "?")
    value = Decimal(plain)
    rounded = round_money(value, currency)
    if _places(value) > _places(rounded) or abs(value) >= LARGEST:
        raise Problem(
            _("the amount %(text)s has too many digits for %(currency)s."),
            text=shown(plain),
            currency=currency,
        )
    return rounded


def _places(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


def day(text: str) -> date:
    """The day of "2026-03-31" or of a time on it, in a year that can be. Raises Problem."""
    try:
        given = date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise Problem(_("the date %(text)s is not written YYYY-MM-DD."), text=shown(text)) from None
    return plausible(given, text)


def plausible(given: date, text: str) -> date:
    """The day, in a year that can be; `text` is what the file says. Raises Problem."""
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise Problem(_("the date %(text)s is not plausible: check its year."), text=shown(text))
    return given


def reference(text: str) -> str:
    """The bank's reference. Raises Problem for what a spreadsheet turned into a rounded number."""
    plain = identifier(text)
    if SPREADSHEET.fullmatch(plain):
        raise Problem(
            _(
                "the reference %(text)s was rounded by a spreadsheet: export the file again and do not save it there."
            ),
            text=shown(plain),
        )
    return plain


def identifier(text: str, limit: int = 80) -> str:
    """A reference or a number, without blanks around it. Raises Problem when it is too long."""
    plain = text.strip()
    if len(plain) > limit or not plain.isprintable():
        raise Problem(
            _(
                "the reference or number %(text)s is longer than %(limit)s characters or unreadable."
            ),
            text=shown(plain),
            limit=limit,
        )
    return plain


def words(text: str, limit: int) -> str:
    """Free text in one line, cut to `limit` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit]


def account_number(text: str) -> str:
    """An account number without the blanks that people write into it. Raises Problem."""
    return identifier("".join(text.split()), 40)


def shown(text: str) -> str:
    """A piece of the file, short enough for a sentence."""
    plain = words(text, SHOWN + 1)
    return plain if len(plain) <= SHOWN else plain[:SHOWN] + "…"
