"""Funds end to the second, go back to where they were granted from, and the customer hears of it in time."""

from datetime import timedelta

import pytest

from accounts.models import OutboxMessage
from ledger.models import LedgerAccount, Lot, LotUse, Product, Transfer
from ledger.queries.balances import fund_balances
from ledger.services.funds import expiring, granting
from ledger.services.orders import paying
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
ENDS = at("2026-03-31 12:00")


@pytest.fixture
def story():
    story = make_story()
    give(story, "30.00", "G1", expires_at=ENDS)
    return story


def give(story, amount, reference, **terms):
    return granting.grant(
        customer=story.customer,
        fund="voucher",
        amount=yuan(amount),
        reference=reference,
        at=at("2026-03-01 09:00"),
        **terms,
    )


def buy(story, amount, when, number, **fields):
    return paying.pay_order(
        number=number,
        customer=story.customer,
        amount=yuan(amount),
        tax_category=fields.pop("key", story.key),
        at=when,
        **fields,
    )


def told(topic):
    return list(OutboxMessage.objects.filter(topic=topic, channel="inbox").order_by("pk"))


def test_a_voucher_is_spent_until_its_last_second_and_not_in_it(story):
    buy(story, "10.00", ENDS - timedelta(seconds=1), "O1")
    refused("insufficient_balance", lambda: buy(story, "10.00", ENDS, "O2"))


def test_what_is_left_goes_back_to_grants_once(story):
    buy(story, "10.00", at("2026-03-10 09:00"), "O1")
    assert expiring.expire_funds(at=ENDS - timedelta(seconds=1)) == 0
    assert expiring.expire_funds(at=ENDS) == 1
    assert expiring.expire_funds(at=ENDS) == 0
    assert fund_balances(story.customer)["voucher"] == yuan("0.00")
    grants = LedgerAccount.objects.get(customer=story.customer, bucket="grants")
    assert grants.balance == yuan("-10.00")
    use = LotUse.objects.get(transfer__kind=Transfer.Kind.EXPIRY)
    assert (use.amount, use.charge, use.lot.remaining) == (yuan("20.00"), None, yuan("0.00"))


def test_money_given_back_to_an_ended_voucher_ends_again(story):
    placed = buy(story, "10.00", at("2026-03-10 09:00"), "O1")
    expiring.expire_funds(at=ENDS)
    paying.fail_delivery(order=placed, at=at("2026-04-02 09:00"))
    assert fund_balances(story.customer)["voucher"] == yuan("10.00")
    assert expiring.expire_funds(at=at("2026-04-02 09:00")) == 1
    assert fund_balances(story.customer)["voucher"] == yuan("0.00")
    assert Transfer.objects.filter(kind="expiry").count() == 2


def test_the_customer_is_warned_once_seven_days_before_and_told_at_the_end(story):
    week_before = ENDS - timedelta(days=7)
    assert expiring.next_expiry(at("2026-03-02 09:00")) == week_before
    expiring.expire_funds(at=week_before - timedelta(seconds=1))
    assert told("funds_expiring") == []
    expiring.expire_funds(at=week_before)
    expiring.expire_funds(at=week_before + timedelta(hours=1))
    (warning,) = told("funds_expiring")
    assert (warning.values["amount"], warning.values["ends"]) == ("¥30.00", "2026-03-31 12:00")
    assert expiring.next_expiry(week_before) == ENDS
    expiring.expire_funds(at=ENDS)
    (end,) = told("funds_expired")
    assert end.values["amount"] == "¥30.00"
    assert expiring.next_expiry(ENDS) is None


def test_what_expires_first_is_spent_first_and_every_cent_is_followed(story):
    later = give(story, "30.00", "G2", expires_at=ENDS + timedelta(days=9))
    for_ever = give(story, "30.00", "G3")
    first = Lot.objects.get(expires_at=ENDS)
    placed = buy(story, "70.00", at("2026-03-10 09:00"), "O1")
    uses = LotUse.objects.filter(charge=placed.charge).order_by("pk")
    assert list(uses.values_list("lot", "amount")) == [
        (first.pk, yuan("30.00")),
        (later.pk, yuan("30.00")),
        (for_ever.pk, yuan("10.00")),
    ]


def test_a_voucher_for_one_product_or_seller_pays_for_nothing_else():
    story, when = make_story(), at("2026-03-10 09:00")
    other = make_entity("I9")
    product = Product.objects.create(sku="db-1", name="Database", tax_category=story.key)
    give(story, "10.00", "G1", product=product)
    give(story, "10.00", "G2", entity=other)
    refused("insufficient_balance", lambda: buy(story, "1.00", when, "O1"))
    buy(story, "10.00", when, "O2", product=product)
    buy(story, "10.00", when, "O3", key=make_key(other))
    assert fund_balances(story.customer)["voucher"] == yuan("0.00")
