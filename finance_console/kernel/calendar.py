"""Local month arithmetic: billing happens in months of the customer's time zone.

A month is written "YYYY-MM" and covers its local days, first day inclusive, next month's first day exclusive.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WRITTEN: Final = re.compile(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")


def local_time(day: date, hour: int, tz: ZoneInfo) -> datetime:
    """The aware moment `hour`:00:00 on the local `day`."""
    return datetime.combine(day, time(hour), tzinfo=tz)


def next_day(at: datetime, tz: ZoneInfo) -> date:
    """The local day after the one that `at` falls on."""
    return at.astimezone(tz).date() + timedelta(days=1)


def month_of(at: datetime, tz: ZoneInfo) -> str:
    """The local month of the aware moment `at`: 2026-03-31 16:30 UTC is "2026-04" in Shanghai (SC-10)."""
    return f"{at.astimezone(tz):%Y-%m}"


def parse_day(text: str) -> date:
    """The day written "YYYY-MM-DD". Raises ValueError for another form, or a day of no business.

    Years are 1900 to 2999: the edges of what computers can count have no day before or after them.
    """
    if not WRITTEN.fullmatch(text):
        raise ValueError(f"A day is written YYYY-MM-DD, not {text!r}.")
    return date.fromisoformat(text)


def first_day(month: str) -> date:
    """The first day of `month`. Raises ValueError when it is not written "YYYY-MM", as `parse_day`."""
    return parse_day(f"{month}-01")


def next_month(month: str) -> str:
    """The month after `month`: "2026-12" gives "2027-01"."""
    return f"{first_day(month) + timedelta(days=31):%Y-%m}"


def previous_month(month: str) -> str:
    """The month before `month`: "2027-01" gives "2026-12"."""
    return f"{first_day(month) - timedelta(days=1):%Y-%m}"


def month_start(month: str, tz: ZoneInfo) -> datetime:
    """The aware moment `month` begins (inclusive); it ends at `month_start(next_month(month), tz)` (exclusive)."""
    return local_time(first_day(month), 0, tz)


def open_month(at: datetime, tz: ZoneInfo, bill_day: int) -> str:
    """The month that usage arriving at `at` may still join.

    Until 00:00 of `bill_day` the month before is open, because its bill is not generated yet (A18).
    """
    month = month_of(at, tz)
    return previous_month(month) if at.astimezone(tz).day < bill_day else month
