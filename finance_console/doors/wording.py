"""How amounts, moments and choices are written, on every page and in every sentence."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from finance_console.kernel.writing import MINUS, in_currency, money

__all__ = [
    "MINUS",
    "after_colon",
    "day",
    "exact",
    "in_currency",
    "masked",
    "moment",
    "money",
    "percent",
]


def exact(value: Decimal) -> str:
    """All decimals a metered amount has, at least two."""
    whole, _point, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}".replace("-", MINUS)


def percent(rate: Decimal) -> str:
    """6%, 0.5%."""
    return f"{(rate * 100).normalize():f}%"


def day(value: date | datetime | None) -> str:
    """2026-03-01, in the customer's time zone."""
    return "" if value is None else f"{_local(value):%Y-%m-%d}"


def moment(value: datetime | None) -> str:
    """2026-03-01 09:00, in the customer's time zone."""
    return "" if value is None else f"{_local(value):%Y-%m-%d %H:%M}"


def masked(number: str) -> str:
    """A bank account with its last four digits readable: •••• 0001 (R57)."""
    bare = "".join(number.split())
    return f"•••• {bare[-4:]}" if len(bare) > 4 else number


def after_colon(reference: str) -> str:
    """The number inside a ledger reference: order:ORD-1 is about ORD-1."""
    return reference.partition(":")[2] or reference


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) else value
