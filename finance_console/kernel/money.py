"""Exact money: one way to round and one way to share.

Amounts are `Decimal` in the major unit (12.34 yuan). Rounding is half up (design 5; VAT practice), never half even.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from finance_console.kernel.errors import DomainError, speak
from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.texts import half_width

ZERO = Decimal("0.00")
_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "SGD": 2}
CURRENCIES = tuple(_DIGITS)
speak({"invalid_amount": _("%(amount)s is not a valid amount in %(currency)s.")})
_WRITTEN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(?<=\d)", re.ASCII)
_LARGEST = Decimal(10) ** 14


def minor_unit(currency: str) -> Decimal:
    """The smallest step of `currency`, for example Decimal("0.01"). Raises KeyError for an unknown currency."""
    return Decimal(1).scaleb(-_DIGITS[currency])


def round_money(amount: Decimal, currency: str = "CNY") -> Decimal:
    """`amount` in the minor unit of `currency`, rounded half up (away from zero on a tie)."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def parse_amount(text: str, currency: str = "CNY") -> Decimal:
    """An amount as people write it ("1,234.5", also with full-width figures) as Decimal in the minor unit.

    Raises `DomainError("invalid_amount")` for anything else, including more decimals than the currency has.
    """
    plain = half_width(text)
    if not _WRITTEN.fullmatch(plain):
        raise DomainError("invalid_amount", amount=text, currency=currency)
    amount = Decimal(plain.replace(",", ""))
    if abs(amount) >= _LARGEST or amount != round_money(amount, currency):
        raise DomainError("invalid_amount", amount=text, currency=currency)
    return round_money(amount, currency)


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str = "CNY") -> list[Decimal]:
    """Share `total` (>= 0) in proportion to `weights` (>= 0, not all zero); the parts sum to `total` exactly.

    Largest remainder: each part is rounded down, the leftover cents go to the largest remainders, earlier first.
    """
    unit, whole = minor_unit(currency), sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [part.quantize(unit, rounding=ROUND_DOWN) for part in exact]
    left = int((total - sum(parts)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[:left]:
        parts[i] += unit
    return parts
