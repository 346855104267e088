"""Bank statements as files: what we read of camt.053 (ISO 20022) and of our CSV, bounded and streaming.

A statement is one head and its lines. Amounts are exact, positive for money that came in. Only
booked entries count; what the bank still holds as pending comes again when it is booked.
`docs/bank-files.md` lists the fields.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import CURRENCIES, round_money

MOST_BYTES = 20_000_000
MOST_LINES = 50_000
LARGEST = Decimal(10) ** 14
SHOWN = 60


class Problem(Exception):
    """What is wrong, as an English sentence with placeholders (a message id) and the values that fill it."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = values
        super().__init__(sentence % values)


@dataclass(frozen=True, slots=True)
class Head:
    """Whose statement it is. The balances are None where the file does not say."""

    account: str
    currency: str
    opening: Decimal | None = None
    closing: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One booked movement. `number` is its place in the file: the line of a CSV, the entry of a camt file."""

    number: int
    reference: str
    amount: Decimal
    booked_on: date
    payer: str = ""
    payer_account: str = ""
    paid_into: str = ""
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: its place in the file and why."""

    number: int
    problem: Problem


Read = tuple[Head, Iterator[Line | BadLine]]


def is_xml(beginning: bytes) -> bool:
    """Whether a file that begins like this is meant as XML (else it is meant as CSV)."""
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


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
    """A plain decimal number (1234.50, -3) as money. Raises Problem."""
    plain = text.strip()
    digits = plain.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise Problem(_("the amount %(text)s is not a number."), text=shown(plain) or "?")
    value = Decimal(plain)
    if value != round_money(value, currency) or abs(value) >= LARGEST:
        raise Problem(
            _("the amount %(text)s has too many digits for %(currency)s."),
            text=shown(plain),
            currency=currency,
        )
    return round_money(value, currency)


def day(text: str) -> date:
    """The day of "2026-03-31" or of a time on it. Raises Problem."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise Problem(_("the date %(text)s is not written YYYY-MM-DD."), text=shown(text)) from None


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
