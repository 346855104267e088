"""The clocks of an application, in minutes and in working days."""

from datetime import date, datetime, timedelta

import pytest

from finance_console.kernel.workdays import add_working_days, is_working_day
from invoicing.domain import profiles, review
from tests.domain.builders import SHANGHAI, local

FRIDAY = local("2026-04-10 15:00:00")
MAY_HOLIDAYS = {date(2026, 5, day): False for day in range(1, 6)}
BAIDU, KINGSOFT = profiles.get("baidu"), profiles.get("kingsoft")
ALIBABA = profiles.get("alibaba")


@pytest.mark.parametrize(
    ("overrides", "due"),
    [
        ({}, "2026-04-15 15:00:00"),
        ({date(2026, 4, 13): False}, "2026-04-16 15:00:00"),
        ({date(2026, 4, 11): True}, "2026-04-14 15:00:00"),
    ],
)
def test_sc_68_three_working_days_with_holidays_and_make_up_saturdays(
    overrides: dict[date, bool], due: str
) -> None:
    assert review.review_due_at(BAIDU, False, FRIDAY, overrides, SHANGHAI) == local(due)


def test_sc_22_three_to_five_working_days() -> None:
    assert ALIBABA.title_review_days == (3, 5)
    due = [add_working_days(FRIDAY, days, SHANGHAI) for days in ALIBABA.title_review_days]
    assert due == [local("2026-04-15 15:00:00"), local("2026-04-17 15:00:00")]


def test_sc_102_seven_working_days_for_the_marketplace() -> None:
    days = ALIBABA.marketplace_issue_days
    assert days is not None
    asked = local("2026-03-10 09:00:00")
    assert add_working_days(asked, days, SHANGHAI) == local("2026-03-19 09:00:00")


def test_working_days_are_days_of_the_customer_and_keep_the_time_of_day() -> None:
    in_utc = datetime.fromisoformat("2026-04-10T17:30:00+00:00")  # Saturday 01:30 in Shanghai
    assert add_working_days(in_utc, 1, SHANGHAI) == local("2026-04-13 01:30:00")
    assert add_working_days(in_utc, 0, SHANGHAI) == in_utc
    assert not is_working_day(date(2026, 4, 11))
    with pytest.raises(ValueError, match="forward"):
        add_working_days(FRIDAY, -1, SHANGHAI)


def test_sc_67_a_matching_title_is_approved_within_ten_minutes() -> None:
    at = local("2026-04-10 10:00:00")
    approved = review.auto_review_at(BAIDU, True, at)
    assert approved == at + timedelta(minutes=5)
    assert review.review_due_at(BAIDU, True, at, {}, SHANGHAI) == local("2026-04-10 10:10:00")
    assert review.auto_review_at(BAIDU, False, at) is None


def test_sc_67_an_electronic_invoice_has_a_target_of_minutes_and_a_breach_of_a_day() -> None:
    at = local("2026-04-10 10:05:00")
    assert review.issue_at(BAIDU, "electronic", at) == at + timedelta(minutes=1)
    assert review.issue_target_at(BAIDU, "electronic", at) == at + timedelta(minutes=5)
    assert breach(BAIDU, "electronic", at) == at + timedelta(hours=24)
    assert review.issue_target_at(BAIDU, "paper", at) is None


def breach(policy: profiles.Policy, medium: str, at: datetime, calendar: dict | None = None):
    return review.issue_breach_at(
        policy, medium, submitted_at=at, approved_at=at, calendar=calendar or {}, tz=SHANGHAI
    )


def test_c15_review_is_a_matter_of_the_profile() -> None:
    assert review.auto_review_at(ALIBABA, False, FRIDAY) == FRIDAY
    assert review.auto_review_at(KINGSOFT, True, FRIDAY) is None
    due = review.review_due_at(KINGSOFT, True, FRIDAY, {}, SHANGHAI)
    assert due == local("2026-04-15 15:00:00")


def test_a01_an_electronic_invoice_within_one_working_day() -> None:
    assert breach(ALIBABA, "electronic", FRIDAY) == local("2026-04-13 15:00:00")
    assert review.issue_target_at(ALIBABA, "electronic", FRIDAY) is None
    assert breach(KINGSOFT, "electronic", FRIDAY) is None
    assert breach(ALIBABA, "paper", FRIDAY) is None


def test_sc_69_paper_is_issued_within_fifteen_working_days_of_submission() -> None:
    assert breach(BAIDU, "paper", FRIDAY, MAY_HOLIDAYS) == local("2026-05-06 15:00:00")
    assert breach(BAIDU, "paper", FRIDAY) == local("2026-05-01 15:00:00")
    assert breach(KINGSOFT, "paper", FRIDAY) == local("2026-04-15 15:00:00")
    slow_review = review.issue_breach_at(
        KINGSOFT,
        "paper",
        submitted_at=FRIDAY,
        approved_at=local("2026-04-14 09:00:00"),
        calendar={},
        tz=SHANGHAI,
    )
    assert slow_review == local("2026-04-15 15:00:00")


def test_sc_69_paper_ships_within_calendar_days_of_issue_or_with_it() -> None:
    issued = local("2026-04-14 11:00:00")

    def due(policy: profiles.Policy, issued_at: datetime) -> datetime | None:
        return review.ship_due_at(
            policy, submitted_at=FRIDAY, issued_at=issued_at, calendar={}, tz=SHANGHAI
        )

    assert due(BAIDU, local("2026-04-20 11:00:00")) == local("2026-04-23 11:00:00")
    assert due(KINGSOFT, issued) == local("2026-04-15 15:00:00")
    assert due(ALIBABA, issued) is None
