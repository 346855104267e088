"""What others ask about people: reads that write nothing."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import WorkdayOverride


def workday_overrides(first: date, last: date) -> dict[date, bool]:
    """The days from `first` to `last`, both inclusive, that differ from Monday to Friday (SC-68).

    False is a public holiday, True a make-up working day: what `kernel.workdays` takes. One query.
    """
    rows = WorkdayOverride.objects.filter(day__gte=first, day__lte=last)
    return dict(rows.order_by("day").values_list("day", "works"))


def calendar_after(at: datetime, tz: ZoneInfo) -> dict[date, bool]:
    """The overrides of the year from the local day of `at` on: enough for any promise made at `at`."""
    first = at.astimezone(tz).date()
    return workday_overrides(first, first + timedelta(days=366))


def years_without_holidays(at: datetime) -> list[int]:
    """Of this year and the next, local to the house, those of which the calendar has no day (SC-68).

    Their promises in working days would count public holidays as working days. One query.
    """
    year = timezone.localtime(at).year
    rows = WorkdayOverride.objects.filter(day__year__in=(year, year + 1))
    known = set(rows.values_list("day__year", flat=True).order_by().distinct())
    return [missing_year for missing_year in (year, year + 1) if missing_year not in known]
