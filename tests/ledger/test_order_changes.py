"""After the delivery: downgrades, renewals, unsubscribing, told with exact cents."""

from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import OutboxMessage
from finance_console.kernel.errors import DomainError
from invoicing.queries import deficit_forecast, invoiceable
from ledger.models import Entry, LotUse, Order, Refund
from ledger.order_page import sources
from ledger.queries import fund_balances
from ledger.services import order, order_changes, refund
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
APRIL = {"starts_on": date(2026, 4, 1), "ends_on": date(2026, 4, 30)}


def pay(story, amount, when="2026-03-20 10:00", *, delivered=True, **fields) -> Order:
    placed = order.pay_order(
        **{
            "number": f"ORD-{story.customer.code}-{next(story.numbers)}",
            "customer": story.customer,
            "amount": yuan(amount),
            "tax_category": story.key,
            "at": at(when),
        }
        | APRIL
        | fields
    )
    return order.deliver_order(order=placed, at=at(when)) if delivered else placed


def rich(amount="1000.00", profile="baidu"):
    story = make_story(profile)
    story.recharge(amount, "2026-03-01 09:00")
    return story


def fresh(placed: Order) -> Order:
    return Order.objects.get(pk=placed.pk)


def cash(story) -> str:
    return str(fund_balances(story.customer)["cash"])


def test_an_order_paid_by_three_funds_is_downgraded_and_given_up():
    """300.00 for 30 days of April: 20.00 coupon, 10.00 rebate, 270.00 cash out of two recharges."""
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")  # R1
    story.recharge("250.00", "2026-03-02 09:00")  # R2
    story.grant("coupon", "20.00", "2026-03-03 09:00")  # G3
    story.grant("rebate", "10.00", "2026-03-03 09:00")  # G4
    placed = pay(story, "300.00")
    charge = placed.charge

    def followed():
        return [
            (found.fund, found.reference, str(found.paid), str(found.returned))
            for found in sources(charge)
        ]

    assert followed() == [
        ("Cash", "R1", "100.00", "0.00"),
        ("Cash", "R2", "170.00", "0.00"),
        ("Coupons", "G3", "20.00", "0.00"),
        ("Rebates", "G4", "10.00", "0.00"),
    ]
    assert cash(story) == "80.00"

    # The smaller service costs 210.00: 90.00 go back to the recharge that was used last.
    order_changes.downgrade(
        order=placed, reference="small", new_price=yuan("210.00"), at=at("2026-03-25 10:00")
    )
    assert cash(story) == "170.00"
    assert followed()[:2] == [("Cash", "R1", "100.00", "0.00"), ("Cash", "R2", "170.00", "90.00")]

    # Given up on the 7th: 23 of 30 days unused, 270.00 x 23/30 = 207.00, less the 90.00 of before.
    preview = order_changes.unsubscribe_preview(fresh(placed), at("2026-04-07 12:00"))
    assert preview == order_changes.Unsubscribing(
        days=30,
        days_used=7,
        returned=yuan("117.00"),
        kept_funds=yuan("30.00"),
        stays=yuan("63.00"),
    )
    given = order_changes.unsubscribe(order=placed, at=at("2026-04-07 12:00"))
    assert (given.amount, given.reason) == (yuan("117.00"), "refund")
    assert cash(story) == "287.00"
    assert followed() == [
        ("Cash", "R1", "100.00", "37.00"),
        ("Cash", "R2", "170.00", "170.00"),
        ("Coupons", "G3", "20.00", "0.00"),
        ("Rebates", "G4", "10.00", "0.00"),
    ]
    assert fund_balances(story.customer)["coupon"] == yuan("0.00")
    assert invoiceable(story.customer, at("2026-04-08 09:00")).open == yuan("63.00")
    earned = Entry.objects.filter(account__bucket="revenue")
    assert [str(entry.amount) for entry in earned.order_by("pk")] == ["300.00", "-90.00", "-117.00"]


@pytest.mark.parametrize(
    ("when", "returned"),
    [
        ("2026-03-31 23:59", "300.00"),
        ("2026-04-01 00:00", "290.00"),
        ("2026-04-15 12:00", "150.00"),
        ("2026-04-29 23:59", "10.00"),
    ],
)
def test_the_cash_of_the_unused_days_comes_back(when, returned):
    story = rich()
    placed = pay(story, "300.00")
    given = order_changes.unsubscribe(order=placed, at=at(when))
    assert str(given.amount) == returned
    assert cash(story) == str(yuan("700.00") + yuan(returned))
    assert fresh(placed).status == "unsubscribed"


def test_on_the_last_day_the_service_can_be_given_up_but_nothing_comes_back():
    story = rich()
    placed = pay(story, "300.00")
    assert order_changes.unsubscribe(order=placed, at=at("2026-04-30 09:00")) is None
    assert order_changes.unsubscribe(order=placed, at=at("2026-04-30 09:01")) is None
    assert (fresh(placed).status, Refund.objects.count()) == ("unsubscribed", 0)


def test_after_the_last_day_it_is_too_late():
    placed = pay(rich(), "300.00")
    refused("term_over", lambda: order_changes.unsubscribe(order=placed, at=at("2026-05-01 00:00")))


def test_the_day_is_that_of_the_customer():
    """16:00 UTC of 31 March is the first of April in Shanghai."""
    placed = pay(rich(), "300.00")
    moment = at("2026-04-01 00:00").astimezone(UTC)
    assert order_changes.unsubscribe_preview(placed, moment).days_used == 1


def test_a_leap_day_is_a_day():
    story = rich()
    year = {"starts_on": date(2028, 1, 1), "ends_on": date(2028, 12, 31)}
    placed = pay(story, "366.00", **year)
    given = order_changes.unsubscribe(order=placed, at=at("2028-02-29 10:00"))
    assert str(given.amount) == "306.00"


def test_unsubscribing_twice_is_unsubscribing_once():
    story = rich()
    placed = pay(story, "300.00")
    first = order_changes.unsubscribe(order=placed, at=at("2026-04-15 12:00"))
    assert order_changes.unsubscribe(order=placed, at=at("2026-04-20 12:00")) == first
    assert cash(story) == "850.00"
    told = OutboxMessage.objects.filter(topic="order_unsubscribed", channel="inbox")
    assert [row.values["total"] for row in told] == ["150.00"]


def test_vouchers_never_come_back_as_cash():
    story = make_story("baidu")
    story.grant("voucher", "300.00", "2026-03-01 09:00")
    placed = pay(story, "300.00")
    assert order_changes.unsubscribe_preview(placed, at("2026-04-15 12:00")).returned == 0
    assert order_changes.unsubscribe(order=placed, at=at("2026-04-15 12:00")) is None
    assert set(fund_balances(story.customer).values()) == {yuan("0.00")}


def test_what_cannot_be_unsubscribed_says_why():
    story = rich()
    waiting = pay(story, "10.00", delivered=False)
    endless = pay(story, "10.00", starts_on=None, ends_on=None)
    renewed = pay(story, "10.00")
    order_changes.renew(
        order=renewed,
        number="RN-1",
        amount=yuan("10.00"),
        ends_on=date(2026, 5, 31),
        at=at("2026-04-02 09:00"),
    )
    when = at("2026-04-10 12:00")
    refused("wrong_state", lambda: order_changes.unsubscribe(order=waiting, at=when))
    refused("term_missing", lambda: order_changes.unsubscribe(order=endless, at=when))
    error = refused("renewal_first", lambda: order_changes.unsubscribe(order=renewed, at=when))
    assert error.values == {"number": "RN-1"}
    story.customer.status = "closed"
    story.customer.save()
    renewal = Order.objects.get(number="RN-1")
    refused("account_closed", lambda: order_changes.unsubscribe(order=renewal, at=when))


def test_the_preview_forecasts_the_deficit_that_then_opens():
    story = rich(profile="alibaba")
    placed = pay(story, "300.00")
    story.issue(story.ask("2026-03-21 09:00", amount="200.00"), "2026-03-21 10:00")
    when = at("2026-04-15 12:00")
    preview = order_changes.unsubscribe_preview(placed, when)
    assert deficit_forecast(placed.charge, preview.returned) == yuan("50.00")
    assert deficit_forecast(placed.charge, yuan("100.00")) == yuan("0.00")
    order_changes.unsubscribe(order=placed, at=when)
    assert invoiceable(story.customer, when).deficit == yuan("50.00")
    assert deficit_forecast(placed.charge, yuan("10.00")) == yuan("10.00")


def test_a_renewal_continues_the_order_under_its_contract():
    story = rich()
    placed = pay(story, "300.00", contract_number="CT-77")

    def renew(amount="310.00"):
        return order_changes.renew(
            order=placed,
            number="RN-1",
            amount=yuan(amount),
            ends_on=date(2026, 5, 31),
            at=at("2026-04-20 09:00"),
        )

    renewed = renew()
    assert renew() == renewed
    assert (renewed.starts_on, renewed.ends_on) == (date(2026, 5, 1), date(2026, 5, 31))
    assert (renewed.renews, renewed.contract_number) == (placed, "CT-77")
    assert (renewed.status, renewed.delivered_at) == ("delivered", at("2026-04-20 09:00"))
    assert cash(story) == "390.00"
    refused("reference_conflict", lambda: renew("311.00"))

    # Given up before it begins: everything comes back; then the first term may go, too.
    given = order_changes.unsubscribe(order=renewed, at=at("2026-04-21 09:00"))
    assert given.amount == yuan("310.00")
    assert order_changes.unsubscribe(order=placed, at=at("2026-04-21 09:00")).amount == 90


def test_an_order_is_renewed_once():
    story = rich()
    placed = pay(story, "300.00")

    def renew(number, **fields):
        wish = {"amount": yuan("300.00"), "ends_on": date(2026, 5, 31)} | fields
        return order_changes.renew(order=placed, number=number, at=at("2026-04-20 09:00"), **wish)

    refused("invalid_term", lambda: renew("RN-1", ends_on=date(2026, 4, 30)))
    renew("RN-1")
    assert refused("already_renewed", lambda: renew("RN-2")).values == {"number": "RN-1"}
    refused("reference_conflict", lambda: renew(placed.number))


def test_a_renewal_after_the_term_begins_today():
    story = rich()
    renewed = order_changes.renew(
        order=pay(story, "300.00"),
        number="RN-1",
        amount=yuan("300.00"),
        ends_on=date(2026, 6, 9),
        at=at("2026-05-10 09:00"),
    )
    assert renewed.starts_on == date(2026, 5, 10)


def test_the_offer_is_the_same_price_for_an_equally_long_term():
    story = rich()
    placed = pay(story, "300.00")
    offer = order_changes.renewal_offer(placed, at("2026-04-20 09:00"))
    assert (offer.amount, offer.term.starts_on, offer.term.ends_on) == (
        yuan("300.00"),
        date(2026, 5, 1),
        date(2026, 5, 31),
    )
    order_changes.downgrade(
        order=placed, reference="d", returned=yuan("1.00"), at=at("2026-04-20 09:00")
    )
    refused("price_changed", lambda: order_changes.renewal_offer(placed, at("2026-04-20 09:01")))


def test_downgrades_add_up_and_each_counts_once():
    story = rich()
    placed = pay(story, "300.00")

    def downgrade(reference, **fields):
        return order_changes.downgrade(
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
    order_changes.unsubscribe(order=placed, at=at("2026-04-03 09:00"))
    refused("wrong_state", lambda: downgrade("e", returned=yuan("0.01")))
    assert downgrade("b", new_price=yuan("180.00")) == second


def test_one_reference_is_not_for_two_orders():
    story = rich()
    one, two = pay(story, "100.00"), pay(story, "100.00")

    def back(placed, reason="refund"):
        return refund.refund_charge(
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
    order_changes.downgrade(
        order=placed, reference="d", returned=yuan("30.00"), at=at("2026-03-21 09:00")
    )
    order.fail_delivery(order=placed, at=at("2026-03-21 10:00"))
    balances = fund_balances(story.customer)
    assert (balances["cash"], balances["coupon"]) == (yuan("100.00"), yuan("20.00"))
    assert [str(row.amount) for row in Refund.objects.order_by("pk")] == ["30.00", "70.00"]


@pytest.mark.parametrize("fails", [True, False])
def test_an_order_downgraded_to_nothing_moves_no_more_money(fails):
    story = rich()
    placed = pay(story, "100.00", delivered=False)
    order_changes.downgrade(
        order=placed, reference="d", new_price=yuan("0.00"), at=at("2026-03-21 09:00")
    )
    step = order.fail_delivery if fails else order.deliver_order
    step(order=placed, at=at("2026-03-21 10:00"))
    assert cash(story) == "1000.00"


def test_the_agent_who_paid_gets_the_money_and_the_right_to_invoice():
    agent, customer = rich(), make_story("baidu")
    placed = pay(agent, "300.00", customer=customer.customer, payer=agent.customer)
    assert invoiceable(agent.customer, at("2026-03-21 09:00")).open == yuan("300.00")
    assert invoiceable(customer.customer, at("2026-03-21 09:00")).open == yuan("0.00")
    order_changes.unsubscribe(order=placed, at=at("2026-04-15 12:00"))
    assert (cash(agent), cash(customer)) == ("850.00", "0.00")
    told = OutboxMessage.objects.filter(topic="order_unsubscribed", channel="inbox")
    assert {row.customer for row in told} == {agent.customer, customer.customer}


def test_a_customer_renews_with_its_own_money_what_its_agent_paid():
    agent, customer = rich(), rich()
    placed = pay(agent, "300.00", customer=customer.customer, payer=agent.customer)
    order_changes.renew(
        order=placed,
        number="RN-1",
        amount=yuan("300.00"),
        ends_on=date(2026, 5, 31),
        payer=customer.customer,
        at=at("2026-04-20 09:00"),
    )
    assert (cash(agent), cash(customer)) == ("700.00", "700.00")


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
        order_changes.unsubscribe(order=placed, at=now)
    elif step == "refund":
        refund.refund_charge(
            charge=placed.charge, amount=amount, reason="refund", reference=reference, at=now
        )
    else:
        order_changes.downgrade(order=placed, reference=reference, at=now, **{step: amount})


def test_a_tax_key_of_another_seller_stays_with_the_order():
    story = rich()
    other = make_key(make_entity("W2"), rate="0.13", content="硬件")
    placed = pay(story, "100.00", tax_category=other)
    renewed = order_changes.renew(
        order=placed,
        number="RN-1",
        amount=yuan("100.00"),
        ends_on=date(2026, 5, 31),
        at=at("2026-04-20 09:00"),
    )
    assert renewed.tax_category == other
