"""How long the next term is: as long as the last one, in months where it was months."""

from calendar import monthrange
from datetime import date, timedelta

from ledger.domain.refunding import Term

ONE_DAY = timedelta(days=1)
LONGEST = 12 * 10


def next_term(term: Term, on: date) -> Term:
    """The term that follows `term` when it is renewed on the local day `on`, equally long.

    It begins the day after the last one ended, or today when that is over. Whole months stay whole
    months (January is followed by all of February), anything else keeps its number of days.
    """
    starts_on = max(term.ends_on + ONE_DAY, on)
    months = whole_months(term)
    if months is None:
        return Term(starts_on=starts_on, ends_on=starts_on + ONE_DAY * (term.days - 1))
    return Term(starts_on=starts_on, ends_on=add_months(starts_on, months) - ONE_DAY)


def whole_months(term: Term) -> int | None:
    """How many calendar months the term is exactly, None when it is not (or above ten years)."""
    after = term.ends_on + ONE_DAY
    months = (after.year - term.starts_on.year) * 12 + after.month - term.starts_on.month
    exact = 0 < months <= LONGEST and add_months(term.starts_on, months) == after
    return months if exact else None


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
