"""Correcting a balance by hand takes two people and a reason."""

import pytest

from accounts.models import Membership, OutboxMessage
from ledger.models import Adjustment, Bill, Lot, PeriodLock
from ledger.queries.balances import fund_balances
from ledger.services.control.adjusting import (
    approve_adjustment,
    reject_adjustment,
    request_adjustment,
)
from tests.builders import at, close, make_story, make_user, yuan
from tests.controllers import make_controller
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-05 12:00")


@pytest.fixture
def story():
    made = make_story()
    made.recharge("100.00", "2026-03-01 09:00")
    return made


@pytest.fixture
def maker():
    return make_controller("maker")


@pytest.fixture
def checker():
    return make_controller("checker")


def ask(story, by, amount="-30.00", fund="cash", reason="Booked twice"):
    return request_adjustment(
        customer=story.customer, fund=fund, amount=yuan(amount), reason=reason, by=by, at=NOON
    )


def test_nothing_moves_until_a_second_person_approves(story, maker, checker):
    adjustment = ask(story, maker)
    assert fund_balances(story.customer)["cash"] == yuan("100.00")
    done = approve_adjustment(adjustment=adjustment, by=checker, at=NOON)
    assert (done.status, done.decided_by, done.transfer.kind) == ("posted", checker, "adjustment")
    assert fund_balances(story.customer)["cash"] == yuan("70.00")
    assert Lot.objects.get().remaining == yuan("70.00")
    assert OutboxMessage.objects.filter(topic="balance_adjusted").count() == 3


def test_money_added_is_a_lot_of_its_own_and_settles_what_is_owed(story, maker, checker):
    story.bill("120.00", "2026-03-02 09:00")
    assert Bill.objects.get().status == "unsettled"
    adjustment = ask(story, maker, "25.00")
    approve_adjustment(adjustment=adjustment, by=checker, at=NOON)
    assert Bill.objects.get().status == "settled"
    assert fund_balances(story.customer)["cash"] == yuan("5.00")


def test_other_funds_are_adjusted_too(story, maker, checker):
    approve_adjustment(adjustment=ask(story, maker, "8.00", "gift"), by=checker, at=NOON)
    assert fund_balances(story.customer)["gift"] == yuan("8.00")


def test_a_rejected_one_moves_nothing(story, maker, checker):
    done = reject_adjustment(adjustment=ask(story, maker), by=checker, at=NOON)
    assert (done.status, done.transfer, done.decided_by) == ("rejected", None, checker)
    assert fund_balances(story.customer)["cash"] == yuan("100.00")
    refused("wrong_state", lambda: approve_adjustment(adjustment=done, by=checker, at=NOON))


def test_asking_is_refused(story, maker):
    member = make_controller("member")
    Membership.objects.create(user=member, customer=story.customer)
    refused("not_permitted", lambda: ask(story, make_user("somebody")))
    refused("four_eyes", lambda: ask(story, member))
    refused("explanation_required", lambda: ask(story, maker, reason="  "))
    refused("invalid_amount", lambda: ask(story, maker, "0.00"))
    refused("invalid_amount", lambda: ask(story, maker, "0.001"))
    refused("invalid_amount", lambda: ask(story, maker, fund="revenue"))
    refused("insufficient_balance", lambda: ask(story, maker, "-100.01"))
    close(story.customer)
    refused("account_closed", lambda: ask(story, maker))


def test_approving_is_refused(story, maker, checker):
    adjustment = ask(story, maker, "-80.00")
    member = make_controller("member")
    Membership.objects.create(user=member, customer=story.customer)

    def approve(by):
        return lambda: approve_adjustment(adjustment=adjustment, by=by, at=NOON)

    refused("four_eyes", approve(maker))
    refused("four_eyes", approve(member))
    refused("not_permitted", approve(make_user("somebody")))
    story.order("50.00", "2026-03-04 09:00")
    refused("insufficient_balance", approve(checker))
    PeriodLock.objects.create(locked_through="2026-03-05", reason="March", locked_at=NOON)
    story_of = Adjustment.objects.get(pk=ask(story, maker, "-1.00").pk)
    refused("period_locked", lambda: approve_adjustment(adjustment=story_of, by=checker, at=NOON))


def test_rejecting_takes_a_second_person_too(story, maker):
    adjustment = ask(story, maker)
    refused("four_eyes", lambda: reject_adjustment(adjustment=adjustment, by=maker, at=NOON))
