"""The values of a usage file: amounts, times, and the month that a billing period is."""

import re
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any

from finance_console.kernel.errors import gettext_noop as _

DECIMALS = 30
LARGEST = Decimal(10) ** 15
SHOWN = 60
CONTEXT = Context(prec=80)
FINEST = Decimal(1).scaleb(-DECIMALS)
FIRST_YEAR, LAST_YEAR = 2000, 2099
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,3})?", re.ASCII)
_MONTH = re.compile(r"(20[0-9]{2})-?(0[1-9]|1[0-2])", re.ASCII)


class Problem(Exception):
    """What is wrong, as an English sentence with placeholders (a message id) and the values that fill it."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = values
        super().__init__(sentence % values)


def amount(text: str) -> tuple[Decimal, bool]:
    """An amount, exact up to `DECIMALS` places, and whether it had more and was rounded half to even.

    FOCUS allows integers, decimals and the E notation, nothing else. Raises Problem.
    """
    if not _NUMBER.fullmatch(text):
        raise Problem(_("the amount %(text)s is not a number."), text=shown(text))
    value = Decimal(text)
    if abs(value) >= LARGEST:
        raise Problem(_("the amount %(text)s is too large."), text=shown(text))
    if -int(value.as_tuple().exponent) <= DECIMALS:
        return value, False
    rounded = value.quantize(FINEST, ROUND_HALF_EVEN, context=CONTEXT)
    return rounded, rounded != value


def shown(text: str) -> str:
    """`text` as it is quoted in a sentence: of a broken file it may be a whole page."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@lru_cache(maxsize=4096)
def moment(name: str, text: str, offset: str = "+00:00") -> datetime:
    """A time of the column `name`, in UTC; one without an offset has `offset`. Raises Problem."""
    return written(name, text, offset).astimezone(UTC)


@lru_cache(maxsize=4096)
def month(name: str, text: str, offset: str, zone: tzinfo) -> str:
    """The month "YYYY-MM" of a billing period that starts at `text`, for a customer in `zone`. Raises Problem.

    A month's first in UTC is that month in any zone; a first at midnight of the offset that is
    written is the local month; anything else is the month that it lies in for the customer.
    """
    plain = _MONTH.fullmatch(text)
    if plain:
        return f"{plain[1]}-{plain[2]}"
    start = written(name, text, offset)
    for at in (start.astimezone(UTC), start):
        if (at.day, at.hour, at.minute, at.second) == (1, 0, 0, 0):
            return f"{at:%Y-%m}"
    return f"{start.astimezone(zone):%Y-%m}"


def written(name: str, text: str, offset: str) -> datetime:
    """The time with the offset that is written, plausible. Raises Problem."""
    plain = text.removesuffix("UTC").rstrip()
    zoned = plain + "+00:00" if plain != text else text
    try:
        at = datetime.fromisoformat(zoned)
        at = at if at.tzinfo else datetime.fromisoformat(f"{_timed(zoned)}{offset}")
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(_("%(name)s is not a time: %(text)s."), name=name, text=shown(text)) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Problem(
            _("%(name)s is not plausible: %(text)s. Check its year."), name=name, text=shown(text)
        )
    return at


def _timed(text: str) -> str:
    """A day without a time is its midnight."""
    return text if ":" in text else f"{text} 00:00"
