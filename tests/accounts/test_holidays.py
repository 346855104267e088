"""The working-day calendar: announced days are facts, an operator's word wins, a missing year is noticed."""

from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.domain import holidays_cn
from accounts.models import WorkdayOverride
from accounts.queries.workdays import calendar_after, workday_overrides, years_without_holidays
from accounts.services.holidays import load_holidays
from finance_console.kernel.workdays import add_working_days
from tests.builders import SHANGHAI, at


def test_the_announced_days_are_plausible():
    days = list(holidays_cn.days())
    assert len({one.day for one in days}) == len(days)
    free = Counter(one.day.year for one in days if not one.works)
    worked = [one.day for one in days if one.works]
    assert free == {2024: 28, 2025: 28, 2026: 33}
    assert {day.weekday() for day in worked} == {5, 6}  # only weekends are made up
    assert Counter(day.year for day in worked) == {2024: 8, 2025: 5, 2026: 6}


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (
            "2026-02-13 10:00",
            2,
            "2026-02-24 10:00",
        ),  # the 14th is made up, the 15th to 23rd are free
        ("2026-09-30 10:00", 3, "2026-10-10 10:00"),  # a Saturday that is worked
        ("2024-04-30 10:00", 1, "2024-05-06 10:00"),
    ],
)
@pytest.mark.django_db
def test_promises_are_counted_on_the_loaded_calendar(start, days, due):
    load_holidays()
    moment = at(start)
    assert add_working_days(moment, days, SHANGHAI, calendar_after(moment, SHANGHAI)) == at(due)


@pytest.mark.django_db
def test_loading_again_adds_nothing_and_leaves_what_was_edited():
    WorkdayOverride.objects.create(day=date(2026, 5, 1), works=True, name="We work")
    assert load_holidays() == len(list(holidays_cn.days())) - 1
    assert load_holidays() == 0
    assert WorkdayOverride.objects.get(day=date(2026, 5, 1)).works is True


@pytest.mark.django_db
def test_the_range_is_inclusive_and_one_query(django_assert_num_queries):
    for day, works in ((1, False), (2, True), (3, False)):
        WorkdayOverride.objects.create(day=date(2026, 5, day), works=works, name="x")
    with django_assert_num_queries(1):
        found = workday_overrides(date(2026, 5, 1), date(2026, 5, 2))
    assert found == {date(2026, 5, 1): False, date(2026, 5, 2): True}


@pytest.mark.django_db
def test_this_and_the_next_year_are_watched_in_local_time():
    assert years_without_holidays(at("2026-11-20 10:00")) == [2026, 2027]
    load_holidays()
    assert years_without_holidays(at("2026-11-20 10:00")) == [2027]
    assert years_without_holidays(at("2027-01-01 00:00")) == [2027, 2028]
    assert years_without_holidays(at("2025-12-31 23:59")) == []


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_what_is_missing():
    out, err = StringIO(), StringIO()
    call_command("load_holidays", stdout=out, stderr=err)
    assert "108 days added" in out.getvalue()
    call_command("load_holidays", stdout=out, stderr=err)
    assert "0 days added" in out.getvalue()
