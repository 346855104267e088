"""Locked books take nothing any more, and every service says so in words."""

from datetime import date, timedelta

import pytest

from ledger.models import PeriodLock, Transfer
from ledger.services.control.locking_periods import lock_books, locked_through
from ledger.services.orders import paying
from tests.builders import at, make_story, make_user, yuan
from tests.controllers import make_controller
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-04-05 12:00")
MARCH_31 = date(2026, 3, 31)


@pytest.fixture
def story():
    made = make_story()
    made.recharge("100.00", "2026-03-01 09:00")
    return made


def lock(through=MARCH_31, by=None, reason="Audit of March", when=NOW):
    return lock_books(
        through=through, reason=reason, by=by or make_controller(f"c{through}"), at=when
    )


def test_nothing_is_posted_on_or_before_the_locked_date(story):
    pending = story.order("10.00", "2026-03-30 12:00", delivered=False)
    lock()
    assert locked_through() == MARCH_31
    refused("period_locked", lambda: story.recharge("5.00", "2026-03-31 23:59"))
    refused("period_locked", lambda: story.grant("gift", "5.00", "2026-03-02 09:00"))
    refused("period_locked", lambda: story.order("5.00", "2026-03-31 09:00"))
    refused("period_locked", lambda: story.bill("5.00", "2026-03-31 09:00"))
    refused("period_locked", lambda: paying.deliver_order(order=pending, at=at("2026-03-31 09:00")))
    refused("period_locked", lambda: paying.fail_delivery(order=pending, at=at("2026-03-31 09:00")))
    story.recharge("5.00", "2026-04-01 00:00")
    paying.deliver_order(order=pending, at=NOW)
    assert Transfer.objects.filter(kind="recharge").count() == 2


def test_the_same_posting_again_is_no_posting(story):
    from ledger.services.recharges.receiving import record_recharge

    lock()
    again = record_recharge(
        customer=story.customer,
        amount=yuan("100.00"),
        channel="bank_transfer",
        reference="R1",
        at=at("2026-03-01 09:00"),
    )
    assert again.amount.amount == yuan("100.00")


def test_a_day_that_is_not_over_everywhere_cannot_be_locked(story):
    by = make_controller()
    today = NOW.date()
    refused("period_not_over", lambda: lock(today, by))
    refused("period_not_over", lambda: lock(today + timedelta(days=1), by))
    make_story(name="Western Ltd", time_zone="America/Los_Angeles")
    yesterday = today - timedelta(days=1)
    refused("period_not_over", lambda: lock(yesterday, by))
    assert lock(yesterday, by, when=at("2026-04-05 15:00")).locked_through == yesterday


def test_books_are_never_opened_again(story):
    by = make_controller()
    lock(by=by)
    refused("already_locked", lambda: lock(by=by))
    refused("already_locked", lambda: lock(MARCH_31 - timedelta(days=1), by))
    assert lock(MARCH_31 + timedelta(days=1), by).locked_by == by
    assert PeriodLock.objects.count() == 2


def test_locking_takes_the_right_and_a_reason(story):
    refused("not_permitted", lambda: lock(by=make_user("somebody")))
    by = make_controller()
    refused("explanation_required", lambda: lock(by=by, reason=" "))
