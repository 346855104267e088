"""The working-day clock behind every promise in working days (B43, B45, A01, K13).

Monday to Friday work, Saturday and Sunday do not, unless an override says so: False for a public holiday,
True for a make-up working Saturday.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
NO_OVERRIDES: Mapping[date, bool] = {}


def is_working_day(day: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """Whether the local `day` counts."""
    return overrides.get(day, day.weekday() < SATURDAY)


def add_working_days(
    start: datetime, days: int, tz: ZoneInfo, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> datetime:
    """The same local time of day, `days` working days after `start`; the day of `start` never counts (SC-68).

    Raises ValueError for negative `days`.
    """
    if days < 0:
        raise ValueError("Working days are counted forward only.")
    local = start.astimezone(tz)
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, overrides)
    return datetime.combine(day, local.time(), tzinfo=tz)
