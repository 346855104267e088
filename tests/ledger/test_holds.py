"""Money that stays on the account for a while, and what that means for asking it back."""

import pytest

from accounts.models import Membership
from ledger.models import Charge
from ledger.queries.balances import withdrawable
from ledger.services.orders import refunding
from ledger.services.payouts.holding import lift_hold, place_hold
from ledger.services.recharges.receiving import record_recharge
from tests.builders import make_story, make_user, yuan
from tests.ledger.withdrawing import NOON, ask, make_cashier, pay, review, two_recharges
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return two_recharges()


@pytest.fixture
def cashier():
    return make_cashier()


def hold(story, amount="30.00", **fields):
    given = {"reason": "Court order", "source": "court"} | fields
    held = None if amount is None else yuan(amount)
    return place_hold(customer=story.customer, amount=held, at=NOON, **given)


def test_a_hold_is_placed_once_replaced_and_lifted(story, cashier):
    first = hold(story)
    assert hold(story) == first
    second = hold(story, "40.00", by=cashier)
    first.refresh_from_db()
    assert (first.lifted_at, second.lifted_at) == (NOON, None)
    found = withdrawable(story.customer)
    assert [(line.code, str(line.amount), line.reason) for line in found.lines] == [
        ("cash", "150.00", ""),
        ("held", "-40.00", "Court order"),
    ]
    assert sum(line.amount for line in found.lines) == found.available == yuan("110.00")
    error = refused("withdrawal_held", lambda: ask(story, "110.01"))
    assert str(error) == "Only 110.00 can leave the account: Court order."
    lift_hold(customer=story.customer, source="court", at=NOON, by=cashier)
    assert withdrawable(story.customer).available == yuan("150.00")
    assert lift_hold(customer=story.customer, source="court", at=NOON) is None


def test_holds_add_up_and_never_hold_more_than_there_is(story):
    hold(story, "100.00", source="a")
    hold(story, "100.00", source="b")
    hold(story, None, source="c")
    found = withdrawable(story.customer)
    assert [str(line.amount) for line in found.lines] == ["150.00", "-100.00", "-50.00", "0.00"]
    assert (found.held, found.available) == (yuan("150.00"), yuan("0.00"))


def test_holds_of_staff_need_a_right_a_reason_and_four_eyes(story, cashier):
    refused("not_permitted", lambda: hold(story, by=make_user("clerk", is_staff=True)))
    refused("reason_required", lambda: hold(story, reason=" ", by=cashier))
    refused("invalid_amount", lambda: hold(story, "0.00", by=cashier))
    Membership.objects.create(user=cashier, customer=story.customer)
    refused("four_eyes", lambda: hold(story, by=cashier))
    hold(story)
    refused(
        "four_eyes",
        lambda: lift_hold(customer=story.customer, source="court", at=NOON, by=cashier),
    )


@pytest.mark.parametrize("profile", ["baidu", "standard"])
def test_r10_a_refund_after_the_request_holds_the_payment(cashier, profile):
    story = make_story(profile)
    story.recharge("2000.00", "2026-03-01 09:00")
    order = story.order("1000.00", "2026-03-01 10:00")
    story.issue(
        story.ask("2026-03-01 11:00", method="order", sources=(order.number,)), "2026-03-01 12:00"
    )
    asked = review(ask(story, "1000.00"), cashier)
    refunding.refund_charge(
        charge=Charge.objects.get(), amount=yuan("300.00"), reason="refund", reference="RF", at=NOON
    )
    if profile == "standard":  # what stays behind covers the deficit, until it is spent
        assert withdrawable(story.customer).available == yuan("0.00")
        story.order(
            "200.00",
            "2026-03-02 12:00",
            story.key.entity.tax_categories.create(
                code="1090511000000000000", short_name="x", content="x", rate=yuan("0.13")
            ),
        )
    refused("withdrawal_held", lambda: pay(asked, cashier))
    record_recharge(
        customer=story.customer, amount=yuan("400.00"), channel="online", reference="late", at=NOON
    )
    if profile == "standard":
        assert pay(asked, cashier).status == "paid"
    else:
        refused("withdrawal_held", lambda: pay(asked, cashier))
        story.order("300.00", "2026-03-02 13:00")  # offsets the deficit as it arrives
        assert pay(asked, cashier).status == "paid"
