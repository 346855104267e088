"""FOCUS 1.x billing data, line by line: what we read of it, and what is wrong with a line that we refuse.

FOCUS (the FinOps Open Cost and Usage Specification) is a CSV file with a header. `NULL` and an empty field mean
"missing". Amounts are exact; times without an offset are UTC. Files of other providers are read through the same
columns, by a format that is data (`usage_format`).
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from hashlib import blake2b
from operator import itemgetter

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import CURRENCIES
from ledger.domain import focus_values, usage_format
from ledger.domain.focus_values import Problem, shown
from ledger.domain.usage_format import UsageFormat

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
LONGEST_LINE = 1_000_000
RESOURCE_LENGTH = 300
IDENTITY = (
    "BillingAccountId", "SubAccountId", "InvoiceIssuerName", "BillingPeriodStart", "BillingPeriodEnd", "ChargeCategory",
    "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodStart", "ChargePeriodEnd", "RegionId",
    "AvailabilityZone", "ResourceId", "ServiceName", "SkuId", "SkuPriceId", "PricingCategory", "PricingUnit",
    "CommitmentDiscountId", "CommitmentDiscountStatus", "CapacityReservationId", "CapacityReservationStatus", "Tags",
)  # fmt: skip
"""What makes a line the same line in a later export: what it is about, never what it costs."""


@dataclass(frozen=True, slots=True)
class FocusLine:
    """One charge. `amount` is exact, in the file's currency, negative for a credit; `month` is "YYYY-MM".

    `identity` (hexadecimal) is of what the line is about, the same in a later export; `account` is the billing
    account. `rounded`: the amount had more decimals than are kept.
    """

    number: int
    amount: Decimal
    month: str
    used_at: datetime
    issuer: str
    service: str
    resource: str
    account: str
    identity: str
    rounded: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be read: its number in the file (the header is line 1) and why."""

    number: int
    problem: Problem


def product_sku(issuer: str, service: str) -> str:
    """The SKU under which the catalogue lists what `issuer` bills for `service`: routing is data, not code."""
    return f"{SKU_PREFIX}{issuer}/{service}"


SKU_PREFIX = "focus:"


def read(lines: Iterable[str], currency: str, zone: tzinfo = UTC) -> Iterator[FocusLine | BadLine]:
    """The charges of a file billed in `currency`, in order; a line that is wrong comes as `BadLine`.

    `zone` is the customer's, for the months of billing periods that say it neither in UTC nor in their own offset.

    Constant memory. Raises Problem when the file as a whole makes no sense (empty, a column missing, a line without
    an end).
    """
    reader = csv.reader(_short_lines(lines), strict=True)
    header, form = _header(reader)
    parser = _Parser(header, form, currency, zone)
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


def _header(reader: Iterator[list[str]]) -> tuple[Sequence[str], UsageFormat | None]:
    """The header, and the provider's format that it is of; None for FOCUS itself."""
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error:
        raise Problem(_("the quotes of its header are broken.")) from None
    if not any(header):
        raise Problem(_("it is empty."))
    missing = [name for name in REQUIRED if name not in header]
    for form in usage_format.shipped() if missing else ():
        known = form.places(header).keys() | form.constants.keys()
        if known >= set(REQUIRED):
            return header, form
    if missing:
        raise Problem(_("it lacks the columns %(names)s."), names=", ".join(missing))
    if twice := [name for name in REQUIRED if header.count(name) > 1]:
        raise Problem(_("it has the columns %(names)s more than once."), names=", ".join(twice))
    return header, None


class _Parser:
    """Reads rows below a header."""

    def __init__(
        self, header: Sequence[str], form: UsageFormat | None, currency: str, zone: tzinfo
    ) -> None:
        self._width, self._form, self._currency, self._zone = len(header), form, currency, zone
        known = (*REQUIRED, *OPTIONAL, "BillingAccountId")
        places = form.places(header) if form else {name: header.index(name) for name in header}
        self._index = {name: places[name] for name in known if name in places}
        self._keys = _getter([places[name] for name in IDENTITY if name in places])
        self._offset = form.offset if form else "+00:00"

    def parse(self, number: int, row: list[str]) -> FocusLine | BadLine:
        """The row that starts on line `number` of the file."""
        try:
            return self._parse(number, row)
        except Problem as problem:
            return BadLine(number, problem)

    def _parse(self, number: int, row: list[str]) -> FocusLine:
        if len(row) != self._width:
            raise Problem(
                _("it has %(found)s fields instead of %(expected)s."),
                found=len(row),
                expected=self._width,
            )
        values = {name: _present(row[index]) for name, index in self._index.items()}
        if self._form:
            values = self._in_focus(self._form, values)
        if missing := [name for name in REQUIRED if not values[name]]:
            raise Problem(_("%(name)s is missing."), name=missing[0])
        _check_currency(values["BillingCurrency"], self._currency)
        if values["ChargeCategory"] not in CATEGORIES:
            raise Problem(
                _("the charge category %(text)s is unknown."), text=shown(values["ChargeCategory"])
            )
        resource = values.get("ResourceId") or values.get("ChargeDescription") or ""
        if "\0" in resource:
            raise Problem(_("it contains a NUL character."))
        amount, rounded = focus_values.amount(values["BilledCost"])
        start, offset = values["BillingPeriodStart"], self._offset
        return FocusLine(
            number=number,
            amount=amount,
            month=focus_values.month("BillingPeriodStart", start, offset, self._zone),
            used_at=focus_values.moment("ChargePeriodStart", values["ChargePeriodStart"], offset),
            issuer=values["InvoiceIssuerName"],
            service=values["ServiceName"],
            resource=resource[:RESOURCE_LENGTH],
            account=values.get("BillingAccountId", "")[:RESOURCE_LENGTH],
            identity=blake2b("\x1f".join(self._keys(row)).encode(), digest_size=16).hexdigest(),
            rounded=rounded,
        )

    @staticmethod
    def _in_focus(form: UsageFormat, values: Mapping[str, str]) -> dict[str, str]:
        said = {**form.constants, **{name: text for name, text in values.items() if text}}
        category, currency = said.get("ChargeCategory", ""), said.get("BillingCurrency", "")
        words = {
            "ChargeCategory": form.categories.get(category, category),
            "BillingCurrency": form.currencies.get(currency, currency),
        }
        return {**dict.fromkeys(REQUIRED, ""), **said, **words}


def _getter(places: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """The cells at these places of a row; always a tuple."""
    return itemgetter(*places, places[0]) if places else lambda _row: ()


def _present(text: str) -> str:
    text = text.strip()
    return "" if text == "NULL" else text


def _check_currency(currency: str, expected: str) -> None:
    if currency == expected:
        return
    if currency not in CURRENCIES:
        raise Problem(_("the currency %(text)s is unknown."), text=shown(currency))
    raise Problem(
        _("the currency is %(text)s, but the account is kept in %(expected)s."),
        text=currency,
        expected=expected,
    )
