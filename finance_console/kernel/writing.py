"""How amounts are written for people: one way on pages, in sentences and in messages, whatever their language.

Programs get plain decimals ("1234.50"): exports, the API of stories, frozen content.
"""

from decimal import Decimal

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "SGD": "S$"}
MINUS = "\u2212"


def money(value: Decimal | None) -> str:
    """1,234.50, and a real minus sign: it is as wide as a digit. "" for None."""
    if value is None:
        return ""
    return f"{value:,.2f}".replace("-", MINUS)


def signed(value: Decimal) -> str:
    """A difference: +1,234.50, −2.00, 0.00."""
    return f"{'+' if value > 0 else ''}{money(value)}"


def in_currency(value: Decimal, currency: str) -> str:
    """¥1,234.50, −¥2.00, or with the code where there is no sign."""
    sign = MINUS if value < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{abs(value):,.2f}"
