"""Public holidays and make-up working days of mainland China, as the State Council announces them.

Facts, a year at a time; the announcement for the next year comes in November. `load_holidays` brings
them into the calendar that operators keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

NEW_YEAR = "元旦 New Year"
SPRING = "春节 Spring Festival"
TOMBS = "清明节 Tomb-Sweeping Day"
LABOUR = "劳动节 Labour Day"
DRAGON = "端午节 Dragon Boat Festival"
AUTUMN = "中秋节 Mid-Autumn Festival"
NATIONAL = "国庆节 National Day"

HOLIDAYS = (  # name, first day, last day (inclusive), make-up working days
    (NEW_YEAR, "2024-01-01", "2024-01-01", ()),
    (SPRING, "2024-02-10", "2024-02-17", ("2024-02-04", "2024-02-18")),
    (TOMBS, "2024-04-04", "2024-04-06", ("2024-04-07",)),
    (LABOUR, "2024-05-01", "2024-05-05", ("2024-04-28", "2024-05-11")),
    (DRAGON, "2024-06-10", "2024-06-10", ()),
    (AUTUMN, "2024-09-15", "2024-09-17", ("2024-09-14",)),
    (NATIONAL, "2024-10-01", "2024-10-07", ("2024-09-29", "2024-10-12")),
    (NEW_YEAR, "2025-01-01", "2025-01-01", ()),
    (SPRING, "2025-01-28", "2025-02-04", ("2025-01-26", "2025-02-08")),
    (TOMBS, "2025-04-04", "2025-04-06", ()),
    (LABOUR, "2025-05-01", "2025-05-05", ("2025-04-27",)),
    (DRAGON, "2025-05-31", "2025-06-02", ()),
    (NATIONAL, "2025-10-01", "2025-10-08", ("2025-09-28", "2025-10-11")),
    (NEW_YEAR, "2026-01-01", "2026-01-03", ("2026-01-04",)),
    (SPRING, "2026-02-15", "2026-02-23", ("2026-02-14", "2026-02-28")),
    (TOMBS, "2026-04-04", "2026-04-06", ()),
    (LABOUR, "2026-05-01", "2026-05-05", ("2026-05-09",)),
    (DRAGON, "2026-06-19", "2026-06-21", ()),
    (AUTUMN, "2026-09-25", "2026-09-27", ()),
    (NATIONAL, "2026-10-01", "2026-10-07", ("2026-09-20", "2026-10-10")),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that differs from Monday to Friday, or a holiday on a weekend."""

    day: date
    works: bool
    name: str


def days() -> Iterator[Day]:
    """Every announced day, holidays before the make-up days of the same holiday."""
    for name, first, last, made_up in HOLIDAYS:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        for n in range((end - start).days + 1):
            yield Day(start + timedelta(days=n), False, name)
        for day in made_up:
            yield Day(date.fromisoformat(day), True, name)
