"""Months of the customer's time zone."""

from datetime import UTC, datetime

import pytest

from finance_console.kernel.calendar import (
    month_of,
    month_start,
    next_month,
    open_month,
    previous_month,
)
from tests.domain.builders import SHANGHAI, local


def test_sc_10_usage_around_midnight_belongs_to_the_local_month() -> None:
    assert month_of(local("2026-03-31 23:30:00"), SHANGHAI) == "2026-03"
    assert month_of(datetime(2026, 3, 31, 16, 10, tzinfo=UTC), SHANGHAI) == "2026-04"


def test_sc_12_months_pass_over_the_year_end() -> None:
    assert next_month("2026-12") == "2027-01"
    assert previous_month("2027-01") == "2026-12"
    assert next_month("2026-01") == "2026-02"
    assert previous_month("2028-03") == "2028-02"


def test_a_month_starts_at_local_midnight() -> None:
    assert month_start("2026-04", SHANGHAI) == datetime(2026, 3, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "month"),
    [
        ("2026-03-31 23:59:59", "2026-03"),
        ("2026-04-01 00:00:00", "2026-03"),
        ("2026-04-02 23:59:59", "2026-03"),
        ("2026-04-03 00:00:00", "2026-04"),
        ("2027-01-02 12:00:00", "2026-12"),
    ],
)
def test_a18_the_month_before_stays_open_until_the_third(at: str, month: str) -> None:
    assert open_month(local(at), SHANGHAI, bill_day=3) == month


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "2026", "20261", "March"])
def test_a_month_is_written_with_year_and_two_digits(month: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        next_month(month)
