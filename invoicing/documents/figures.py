"""How numbers and dates are printed."""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from invoicing.documents.canonical import plain_text
from invoicing.documents.snapshot import SnapshotLine

NOT_TAXABLE = "不征税"
NO_TAX = "***"
_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)


def rate_text(rate: Decimal | None) -> str:
    """0.06 -> 6%, 0.015 -> 1.5%, None -> 不征税."""
    return NOT_TAXABLE if rate is None else plain_text(rate * 100) + "%"


def tax_text(line: SnapshotLine) -> str:
    """The tax of a row, *** where there is no rate."""
    return NO_TAX if line.rate is None else str(line.tax)


def price_text(line: SnapshotLine) -> str:
    """The net unit price with at most 15 significant digits; empty when the row has no quantity."""
    if line.quantity is None:
        return ""
    price = _FIFTEEN.divide(line.net, line.quantity) if line.unit_price is None else line.unit_price
    return plain_text(_FIFTEEN.plus(price))


def chinese_date(day: date) -> str:
    """2026年03月05日."""
    return f"{day.year:04d}年{day.month:02d}月{day.day:02d}日"


def english_date(day: date) -> str:
    """5 March 2026, without the machine's locale."""
    months = "January February March April May June July August September October November December"
    return f"{day.day} {months.split()[day.month - 1]} {day.year}"


def grouped(amount: Decimal) -> str:
    """1,234.50."""
    return f"{amount:,.2f}"
