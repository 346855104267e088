"""A wrong recharge is taken back once, from its own money first, and never from money that is not there."""

import pytest
from django.contrib.auth.models import Permission

from accounts.messages.texts import body, subject
from accounts.models import Membership, OutboxMessage, User
from ledger.models import Hold, Lot, Recharge, Transfer
from ledger.queries.balances import fund_balances
from ledger.services.recharges.reversing import reverse_recharge
from tests.builders import at, give_credit, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = "2026-03-20 12:00"


@pytest.fixture
def controller():
    user = make_user("controller", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="control_books"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def story():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    story.recharge("70.00", "2026-03-02 09:00")
    return story


def recharge(amount: str) -> Recharge:
    return Recharge.objects.get(amount=yuan(amount))


def reverse(amount: str, by: User, reason: str = "paid in by mistake") -> Recharge:
    return reverse_recharge(recharge=recharge(amount), reason=reason, by=by, at=at(NOON))


def cash(story):
    return fund_balances(story.customer)["cash"]


def test_a_reversal_is_a_transfer_of_its_own_that_names_the_first(story, controller):
    done = reverse("70", controller)
    assert (done.reversed_at, done.reversal_reason) == (at(NOON), "paid in by mistake")
    transfer = Transfer.objects.get(reverses=done.transfer)
    assert (transfer.kind, transfer.effective_at) == ("reversal", at(NOON))
    amounts = dict(transfer.entries.values_list("account__bucket", "amount"))
    assert amounts == {"cash": yuan("-70.00"), "funding": yuan("70.00")}
    assert cash(story) == yuan("100.00")


def test_the_recharges_own_lot_is_emptied_first(story, controller):
    reverse("70", controller)
    left = dict(Lot.objects.values_list("amount", "remaining"))
    assert left == {yuan("100"): yuan("100"), yuan("70"): yuan("0")}


def test_what_was_spent_of_its_own_lot_comes_from_other_money(story, controller):
    story.order("30.00", "2026-03-03 09:00")
    reverse("100", controller)
    left = dict(Lot.objects.values_list("amount", "remaining"))
    assert left == {yuan("100"): yuan("0"), yuan("70"): yuan("40")}
    assert cash(story) == yuan("40.00")


def test_the_customer_hears_of_it(story, controller):
    reverse("70", controller)
    message = OutboxMessage.objects.filter(topic="recharge_reversed").first()
    assert subject(message.topic, message.values) == "A recharge of ¥70.00 was taken back"
    assert "paid in by mistake" in body(message.topic, message.values)


def test_it_happens_once(story, controller):
    reverse("70", controller)
    refused("recharge_reversed", lambda: reverse("70", controller))


def test_money_that_is_spent_cannot_be_taken_back(story, controller):
    story.order("100.01", "2026-03-03 09:00")
    refused("insufficient_balance", lambda: reverse("70", controller))


def test_credit_is_no_money_to_take_back(story, controller):
    story.order("150.00", "2026-03-03 09:00")
    give_credit(story, "1000.00")
    refused("insufficient_balance", lambda: reverse("70", controller))


@pytest.mark.parametrize("amount", [None, "100.01"])
def test_money_that_is_held_cannot_be_taken_back(story, controller, amount):
    hold = Hold.objects.create(
        customer=story.customer, currency="CNY", amount=amount and yuan(amount), reason="deficit",
        source="item 1", placed_at=at("2026-03-05 09:00"),
    )  # fmt: skip
    refused("insufficient_balance", lambda: reverse("70", controller))
    hold.lifted_at = at("2026-03-06 09:00")
    hold.save()
    reverse("70", controller)
    assert cash(story) == yuan("100.00")


def test_it_needs_a_reason_the_permission_and_somebody_else(story, controller):
    refused("explanation_required", lambda: reverse("70", controller, reason="  "))
    refused("not_permitted", lambda: reverse("70", story.user))
    Membership.objects.create(user=controller, customer=story.customer)
    refused("four_eyes", lambda: reverse("70", controller))
