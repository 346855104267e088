"""Prepaid orders: funds in order, delivery, failure, third-party payers, refunds."""

import pytest

from ledger.models import Charge
from ledger.queries.balances import fund_balances
from ledger.services.orders import paying, refunding
from tests.builders import at, close, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_funds_are_spent_non_cash_first_and_the_split_is_kept():
    story = make_story("baidu")
    story.recharge("500.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    story.grant("rebate", "10.00", "2026-03-01 09:00")
    placed = story.order("100.00", "2026-03-01 10:00")
    assert dict(placed.charge.funding.values_list("fund", "amount")) == {
        "coupon": yuan("20.00"),
        "rebate": yuan("10.00"),
        "cash": yuan("70.00"),
    }
    assert placed.charge.cash == yuan("70.00")
    balances = fund_balances(story.customer)
    assert (balances["cash"], balances["coupon"], balances["rebate"]) == (
        yuan("430.00"),
        yuan("0.00"),
        yuan("0.00"),
    )


def test_an_order_above_the_balance_is_refused_in_words():
    story = make_story()
    story.recharge("10.00", "2026-03-01 09:00")
    error = refused("insufficient_balance", lambda: story.order("10.01", "2026-03-01 10:00"))
    assert error.values == {"balance": yuan("10.00"), "needed": yuan("10.01")}


def test_paying_an_order_twice_is_paying_it_once():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")

    def pay(amount):
        return paying.pay_order(
            number="ORD-1",
            customer=story.customer,
            amount=yuan(amount),
            tax_category=story.key,
            at=at("2026-03-01 10:00"),
        )

    assert pay("60.00") == pay("60.00")
    assert fund_balances(story.customer)["cash"] == yuan("40.00")
    refused("reference_conflict", lambda: pay("61.00"))


def test_a_failed_delivery_gives_every_fund_back_what_it_paid():
    story = make_story("baidu")
    story.recharge("500.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    placed = story.order("100.00", "2026-03-01 10:00", delivered=False)
    paying.fail_delivery(order=placed, at=at("2026-03-01 10:05"))
    paying.fail_delivery(order=placed, at=at("2026-03-01 10:06"))
    balances = fund_balances(story.customer)
    assert (balances["cash"], balances["coupon"]) == (yuan("500.00"), yuan("20.00"))
    refused("wrong_state", lambda: paying.deliver_order(order=placed, at=at("2026-03-01 10:07")))


def test_whoever_pays_is_charged():
    agent, customer = make_story(), make_story()
    agent.recharge("1000.00", "2026-03-01 09:00")
    paying.pay_order(
        number="ORD-1",
        customer=customer.customer,
        payer=agent.customer,
        amount=yuan("1000.00"),
        tax_category=customer.key,
        at=at("2026-03-01 10:00"),
    )
    assert Charge.objects.get().customer == agent.customer
    assert fund_balances(agent.customer)["cash"] == yuan("0.00")


def test_at_most_the_cash_paid_is_refunded():
    story = make_story()
    story.recharge("80.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    charge = story.order("100.00", "2026-03-01 10:00").charge

    def give_back(amount, reference):
        return refunding.refund_charge(
            charge=charge,
            amount=yuan(amount),
            reason="refund",
            reference=reference,
            at=at("2026-03-02 10:00"),
        )

    error = refused("over_refund", lambda: give_back("80.01", "a"))
    assert "80.00" in str(error)
    first = give_back("50.00", "a")
    assert give_back("50.00", "a") == first
    give_back("30.00", "b")
    balances = fund_balances(story.customer)
    assert (balances["cash"], balances["coupon"]) == (yuan("80.00"), yuan("0.00"))
    refused("over_refund", lambda: give_back("0.01", "c"))
    refused("invalid_amount", lambda: give_back("0.00", "d"))


def test_a_closed_account_neither_pays_nor_recharges():
    story = make_story()
    story.recharge("80.00", "2026-03-01 09:00")
    close(story.customer)
    refused("account_closed", lambda: story.order("10.00", "2026-03-01 10:00"))
    refused("account_closed", lambda: story.recharge("10.00", "2026-03-01 10:00"))


def test_an_order_that_comes_again_after_the_account_was_closed_is_the_first():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    order = {
        "number": "ORD-1",
        "customer": story.customer,
        "amount": yuan("40.00"),
        "tax_category": story.key,
    }
    first = paying.pay_order(**order, at=at("2026-03-01 10:00"))
    close(story.customer, "2026-03-02 10:00")
    assert paying.pay_order(**order, at=at("2026-03-03 10:00")) == first
    order["amount"] = yuan("41.00")
    refused("reference_conflict", lambda: paying.pay_order(**order, at=at("2026-03-03 10:00")))


def test_an_order_is_not_paid_in_another_currency():
    agent, customer = make_story(), make_story(currency="USD", region="HK")
    agent.recharge("100.00", "2026-03-01 09:00")
    refused(
        "currency_mismatch",
        lambda: paying.pay_order(
            number="ORD-1",
            customer=customer.customer,
            payer=agent.customer,
            amount=yuan("10.00"),
            tax_category=customer.key,
            at=at("2026-03-01 10:00"),
        ),
    )
