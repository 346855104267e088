"""FOCUS 1.x billing data, line by line: what we read of it, and what is wrong with a line that we refuse.

FOCUS (the FinOps Open Cost and Usage Specification) is a CSV file with a header. `NULL` and an empty field mean
"missing". Amounts are exact; times without an offset are UTC.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import CURRENCIES

REQUIRED = (
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodStart",
    "InvoiceIssuerName",
    "ServiceName",
)
OPTIONAL = ("ResourceId", "ChargeDescription")
CATEGORIES = frozenset({"Usage", "Purchase", "Tax", "Credit", "Adjustment"})
DECIMALS = 12
LARGEST = Decimal(10) ** 15
LONGEST_LINE = 1_000_000
RESOURCE_LENGTH = 300
SHOWN = 60
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,3})?", re.ASCII)


class Problem(Exception):
    """What is wrong, as an English sentence with placeholders (a message id) and the values that fill it."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = values
        super().__init__(sentence % values)


@dataclass(frozen=True, slots=True)
class FocusLine:
    """One charge. `amount` is exact, in the file's currency, negative for a credit; `month` is "YYYY-MM"."""

    number: int
    amount: Decimal
    month: str
    used_at: datetime
    issuer: str
    service: str
    resource: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: its number in the file (the header is line 1) and why."""

    number: int
    problem: Problem


def product_sku(issuer: str, service: str) -> str:
    """The SKU under which the catalogue lists what `issuer` bills for `service`: routing is data, not code."""
    return f"{SKU_PREFIX}{issuer}/{service}"


SKU_PREFIX = "focus:"


def read(lines: Iterable[str], currency: str) -> Iterator[FocusLine | BadLine]:
    """The charges of a FOCUS file billed in `currency`, in order; a line that is wrong comes as `BadLine`.

    Constant memory. Raises Problem when the file as a whole makes no sense (empty, a column missing, a line without
    an end).
    """
    reader = csv.reader(_short_lines(lines), strict=True)
    header = _header(reader)
    parser = _Parser(header, currency)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            yield BadLine(number, Problem(_("its quotes are broken or a field is too long.")))
            return  # what follows cannot be told apart any more
        if row is None:
            return
        if row:
            yield parser.parse(number, row)


def _short_lines(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) >= LONGEST_LINE:
            raise Problem(
                _("line %(number)s is longer than %(length)s characters."),
                number=number,
                length=LONGEST_LINE,
            )
        yield line


def _header(reader: Iterator[list[str]]) -> Sequence[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error:
        raise Problem(_("the quotes of its header are broken.")) from None
    if not any(header):
        raise Problem(_("it is empty."))
    if missing := [name for name in REQUIRED if name not in header]:
        raise Problem(_("it lacks the columns %(names)s."), names=", ".join(missing))
    if twice := [name for name in REQUIRED if header.count(name) > 1]:
        raise Problem(_("it has the columns %(names)s more than once."), names=", ".join(twice))
    return header


@dataclass(slots=True)
class _Parser:
    header: Sequence[str]
    currency: str
    _index: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        known = (*REQUIRED, *OPTIONAL)
        self._index = {name: self.header.index(name) for name in known if name in self.header}

    def parse(self, number: int, row: list[str]) -> FocusLine | BadLine:
        """The row that starts on line `number` of the file."""
        try:
            return self._parse(number, row)
        except Problem as problem:
            return BadLine(number, problem)

    def _parse(self, number: int, row: list[str]) -> FocusLine:
        if len(row) != len(self.header):
            raise Problem(
                _("it has %(found)s fields instead of %(expected)s."),
                found=len(row),
                expected=len(self.header),
            )
        values = {name: _present(row[index]) for name, index in self._index.items()}
        if missing := [name for name in REQUIRED if not values[name]]:
            raise Problem(_("%(name)s is missing."), name=missing[0])
        _check_currency(values["BillingCurrency"], self.currency)
        if values["ChargeCategory"] not in CATEGORIES:
            raise Problem(
                _("the charge category %(text)s is unknown."), text=_shown(values["ChargeCategory"])
            )
        resource = values.get("ResourceId") or values.get("ChargeDescription") or ""
        if "\0" in resource:
            raise Problem(_("it contains a NUL character."))
        start = _moment("BillingPeriodStart", values["BillingPeriodStart"])
        return FocusLine(
            number=number,
            amount=_amount(values["BilledCost"]),
            month=f"{start.year:04}-{start.month:02}",
            used_at=_moment("ChargePeriodStart", values["ChargePeriodStart"]),
            issuer=values["InvoiceIssuerName"],
            service=values["ServiceName"],
            resource=resource[:RESOURCE_LENGTH],
        )


def _present(text: str) -> str:
    text = text.strip()
    return "" if text == "NULL" else text


def _check_currency(currency: str, expected: str) -> None:
    if currency == expected:
        return
    if currency not in CURRENCIES:
        raise Problem(_("the currency %(text)s is unknown."), text=_shown(currency))
    raise Problem(
        _("the currency is %(text)s, but the account is kept in %(expected)s."),
        text=currency,
        expected=expected,
    )


def _amount(text: str) -> Decimal:
    """An exact amount. FOCUS allows integers, decimals and the E notation, nothing else."""
    if not _NUMBER.fullmatch(text):
        raise Problem(_("the amount %(text)s is not a number."), text=_shown(text))
    amount = Decimal(text)
    if abs(amount) >= LARGEST:
        raise Problem(_("the amount %(text)s is too large."), text=_shown(text))
    exact = round(amount, DECIMALS)
    if exact != amount:
        raise Problem(
            _("the amount %(text)s has more than %(most)s decimals."),
            text=_shown(text),
            most=DECIMALS,
        )
    return exact


def _shown(text: str) -> str:
    """`text` as it is quoted in a sentence: of a broken file it may be a whole page."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@lru_cache(maxsize=4096)
def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(
            _("%(name)s is not a time: %(text)s."), name=name, text=_shown(text)
        ) from None
