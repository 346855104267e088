"""Bringing the announced holidays into the calendar that operators keep."""

from django.db import transaction

from accounts.domain import holidays_cn
from accounts.models import WorkdayOverride


@transaction.atomic
def load_holidays() -> int:
    """Add the announced days that the calendar lacks; how many. Days that are there stay as they are.

    An operator's own word wins: a day that was edited is never overwritten. Harmless twice.
    """
    before = WorkdayOverride.objects.count()
    WorkdayOverride.objects.bulk_create(
        (
            WorkdayOverride(day=holiday.day, works=holiday.works, name=holiday.name)
            for holiday in holidays_cn.days()
        ),
        ignore_conflicts=True,
    )
    return WorkdayOverride.objects.count() - before
