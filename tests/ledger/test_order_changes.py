"""After the delivery: downgrades and refunds that add up, told with exact cents."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import OutboxMessage
from finance_console.kernel.errors import DomainError
from invoicing.queries.invoiceable import invoiceable
from ledger.models import Entry, LotUse, Refund
from ledger.presenters.orders import sources
from ledger.queries.balances import fund_balances
from ledger.services.orders import changing, paying, refunding
from tests.builders import at, make_story, yuan
from tests.ledger.ordering import cash, fresh, pay, rich
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_an_order_paid_by_three_funds_is_downgraded_and_given_up():
    """300.00 for 30 days of April: 20.00 coupon, 10.00 rebate, 270.00 cash out of two recharges."""
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")  # "R1"
    story.recharge("250.00", "2026-03-02 09:00")  # "R2"
    story.grant("coupon", "20.00", "2026-03-03 09:00")  # "G3"
    story.grant("rebate", "10.00", "2026-03-03 09:00")  # "G4"
    placed = pay(story, "300.00")
    charge = placed.charge

    def followed():
        return [
            (found.fund, f"{found.at:%m-%d}", str(found.paid), str(found.returned))
            for found in sources(charge)
        ]

    assert followed() == [
        ("Cash", "03-01", "100.00", "0.00"),
        ("Cash", "03-02", "170.00", "0.00"),
        ("Coupons", "03-03", "20.00", "0.00"),
        ("Rebates", "03-03", "10.00", "0.00"),
    ]
    assert cash(story) == "80.00"

    # The smaller service costs 210.00: 90.00 go back to the recharge that was used last.
    changing.downgrade(
        order=placed, reference="small", new_price=yuan("210.00"), at=at("2026-03-25 10:00")
    )
    assert cash(story) == "170.00"
    assert followed()[:2] == [
        ("Cash", "03-01", "100.00", "0.00"),
        ("Cash", "03-02", "170.00", "90.00"),
    ]

    # Given up on the 7th: 23 of 30 days unused, 270.00 x 23/30 = 207.00, less the 90.00 of before.
    preview = changing.unsubscribe_preview(fresh(placed), at("2026-04-07 12:00"))
    assert preview == changing.Unsubscribing(
        days=30,
        days_used=7,
        returned=yuan("117.00"),
        kept_funds=yuan("30.00"),
        stays=yuan("63.00"),
    )
    given = changing.unsubscribe(order=placed, at=at("2026-04-07 12:00"))
    assert (given.amount, given.reason) == (yuan("117.00"), "refund")
    assert cash(story) == "287.00"
    assert followed() == [
        ("Cash", "03-01", "100.00", "37.00"),
        ("Cash", "03-02", "170.00", "170.00"),
        ("Coupons", "03-03", "20.00", "0.00"),
        ("Rebates", "03-03", "10.00", "0.00"),
    ]
    assert fund_balances(story.customer)["coupon"] == yuan("0.00")
    assert invoiceable(story.customer, at("2026-04-08 09:00")).open == yuan("63.00")
    earned = Entry.objects.filter(account__bucket="revenue")
    assert [str(entry.amount) for entry in earned.order_by("pk")] == ["300.00", "-90.00", "-117.00"]


def test_downgrades_add_up_and_each_counts_once():
    story = rich()
    placed = pay(story, "300.00")

    def downgrade(reference, **fields):
        return changing.downgrade(
            order=placed, reference=reference, at=at("2026-04-02 09:00"), **fields
        )

    first = downgrade("a", new_price=yuan("250.00"))
    assert first.reason == "downgrade"
    second = downgrade("b", new_price=yuan("180.00"))
    assert (first.amount, second.amount) == (yuan("50.00"), yuan("70.00"))
    assert downgrade("a", new_price=yuan("250.00")) == first
    assert downgrade("c", returned=yuan("0.01")).amount == yuan("0.01")
    assert cash(story) == "820.01"
    refused("reference_conflict", lambda: downgrade("a", new_price=yuan("240.00")))
    refused("invalid_amount", lambda: downgrade("d", new_price=yuan("179.99")))
    refused("invalid_amount", lambda: downgrade("d", new_price=yuan("-0.01")))
    refused("over_refund", lambda: downgrade("d", returned=yuan("180.00")))
    changing.unsubscribe(order=placed, at=at("2026-04-03 09:00"))
    refused("wrong_state", lambda: downgrade("e", returned=yuan("0.01")))
    assert downgrade("b", new_price=yuan("180.00")) == second


def test_one_reference_is_not_for_two_orders():
    story = rich()
    one, two = pay(story, "100.00"), pay(story, "100.00")

    def back(placed, reason="refund"):
        return refunding.refund_charge(
            charge=placed.charge,
            amount=yuan("10.00"),
            reason=reason,
            reference="X",
            at=at("2026-04-02 09:00"),
        )

    back(one)
    refused("reference_conflict", lambda: back(two))
    refused("reference_conflict", lambda: back(one, "downgrade"))


def test_a_failed_delivery_after_a_downgrade_returns_only_the_rest():
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")
    story.grant("coupon", "20.00", "2026-03-01 09:00")
    placed = pay(story, "120.00", delivered=False)
    changing.downgrade(
        order=placed, reference="d", returned=yuan("30.00"), at=at("2026-03-21 09:00")
    )
    paying.fail_delivery(order=placed, at=at("2026-03-21 10:00"))
    balances = fund_balances(story.customer)
    assert (balances["cash"], balances["coupon"]) == (yuan("100.00"), yuan("20.00"))
    assert [str(row.amount) for row in Refund.objects.order_by("pk")] == ["30.00", "70.00"]


@pytest.mark.parametrize("fails", [True, False])
def test_an_order_downgraded_to_nothing_moves_no_more_money(fails):
    story = rich()
    placed = pay(story, "100.00", delivered=False)
    changing.downgrade(
        order=placed, reference="d", new_price=yuan("0.00"), at=at("2026-03-21 09:00")
    )
    step = paying.fail_delivery if fails else paying.deliver_order
    step(order=placed, at=at("2026-03-21 10:00"))
    assert cash(story) == "1000.00"


def test_the_agent_who_paid_gets_the_money_and_the_right_to_invoice():
    agent, customer = rich(), make_story("baidu")
    placed = pay(agent, "300.00", customer=customer.customer, payer=agent.customer)
    assert invoiceable(agent.customer, at("2026-03-21 09:00")).open == yuan("300.00")
    assert invoiceable(customer.customer, at("2026-03-21 09:00")).open == yuan("0.00")
    changing.unsubscribe(order=placed, at=at("2026-04-15 12:00"))
    assert (cash(agent), cash(customer)) == ("850.00", "0.00")
    told = OutboxMessage.objects.filter(topic="order_unsubscribed", channel="inbox")
    assert {row.customer for row in told} == {agent.customer, customer.customer}


def test_two_accounts_pay_for_each_other():
    one, other = rich(), rich()
    pay(one, "30.00", customer=other.customer, payer=one.customer)
    pay(other, "40.00", customer=one.customer, payer=other.customer)
    assert (cash(one), cash(other)) == ("970.00", "960.00")


@pytest.mark.parametrize(
    "term", [{"starts_on": None}, {"ends_on": None}, {"ends_on": date(2026, 3, 31)}]
)
def test_a_term_has_a_first_day_and_a_last_one_not_before_it(term):
    story = rich()
    refused("invalid_term", lambda: pay(story, "10.00", **term))


def test_the_same_number_with_another_contract_is_another_order():
    story = rich()
    pay(story, "10.00", number="ORD-1", contract_number="CT-1")
    assert pay(story, "10.00", number="ORD-1", contract_number="CT-1").contract_number == "CT-1"
    for other in ({"contract_number": "CT-2"}, {"ends_on": date(2026, 4, 29)}):
        fields = {"contract_number": "CT-1"} | other
        refused("reference_conflict", lambda f=fields: pay(story, "10.00", number="ORD-1", **f))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["returned", "new_price", "refund", "unsubscribe"]),
        st.decimals(min_value="0.01", max_value="400.00", places=2),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(paid=st.decimals(min_value="0.01", max_value="400.00", places=2), steps=STEPS)
def test_never_more_cash_comes_back_than_was_paid(paid, steps):
    with transaction.atomic():
        story = make_story("baidu")
        story.recharge("300.00", "2026-03-01 09:00")
        story.grant("voucher", "100.00", "2026-03-01 09:00")
        placed, now = pay(story, str(paid)), at("2026-03-21 09:00")
        refusals = set()
        for n, (step, amount, days) in enumerate(steps):
            now += timedelta(days=days)
            try:
                with transaction.atomic():
                    _take(placed, step, amount, f"S{n}", now)
            except DomainError as refusal:
                refusals.add(refusal.code)
        assert refusals <= {"over_refund", "invalid_amount", "wrong_state", "term_over"}
        back = sum((row.amount for row in Refund.objects.filter(charge=placed.charge)), Decimal(0))
        charge = fresh(placed).charge
        assert back == charge.refunded <= charge.cash
        assert fund_balances(story.customer)["cash"] == 300 - charge.cash + back
        left = LotUse.objects.filter(charge=charge, lot__fund="cash").values_list("amount")
        assert sum((amount for (amount,) in left), Decimal(0)) == charge.cash - back
        transaction.set_rollback(True)


def _take(placed, step, amount, reference, now):
    if step == "unsubscribe":
        changing.unsubscribe(order=placed, at=now)
    elif step == "refund":
        refunding.refund_charge(
            charge=placed.charge, amount=amount, reason="refund", reference=reference, at=now
        )
    else:
        changing.downgrade(order=placed, reference=reference, at=now, **{step: amount})
