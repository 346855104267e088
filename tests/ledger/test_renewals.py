"""An order continued for another term: under its contract, once, with one's own money."""

from datetime import date

import pytest

from ledger.services.orders import changing
from tests.builders import at, make_entity, make_key, yuan
from tests.ledger.ordering import cash, pay, rich
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_a_renewal_continues_the_order_under_its_contract():
    story = rich()
    placed = pay(story, "300.00", contract_number="CT-77")

    def renew(amount="310.00"):
        return changing.renew(
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
    given = changing.unsubscribe(order=renewed, at=at("2026-04-21 09:00"))
    assert given.amount == yuan("310.00")
    assert changing.unsubscribe(order=placed, at=at("2026-04-21 09:00")).amount == 90


def test_an_order_is_renewed_once():
    story = rich()
    placed = pay(story, "300.00")

    def renew(number, **fields):
        wish = {"amount": yuan("300.00"), "ends_on": date(2026, 5, 31)} | fields
        return changing.renew(order=placed, number=number, at=at("2026-04-20 09:00"), **wish)

    refused("invalid_term", lambda: renew("RN-1", ends_on=date(2026, 4, 30)))
    renew("RN-1")
    assert refused("already_renewed", lambda: renew("RN-2")).values == {"number": "RN-1"}
    refused("reference_conflict", lambda: renew(placed.number))


def test_a_renewal_after_the_term_begins_today():
    story = rich()
    renewed = changing.renew(
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
    offer = changing.renewal_offer(placed, at("2026-04-20 09:00"))
    assert (offer.amount, offer.term.starts_on, offer.term.ends_on) == (
        yuan("300.00"),
        date(2026, 5, 1),
        date(2026, 5, 31),
    )
    changing.downgrade(
        order=placed, reference="d", returned=yuan("1.00"), at=at("2026-04-20 09:00")
    )
    refused("price_changed", lambda: changing.renewal_offer(placed, at("2026-04-20 09:01")))


def test_a_customer_renews_with_its_own_money_what_its_agent_paid():
    agent, customer = rich(), rich()
    placed = pay(agent, "300.00", customer=customer.customer, payer=agent.customer)
    changing.renew(
        order=placed,
        number="RN-1",
        amount=yuan("300.00"),
        ends_on=date(2026, 5, 31),
        payer=customer.customer,
        at=at("2026-04-20 09:00"),
    )
    assert (cash(agent), cash(customer)) == ("700.00", "700.00")


def test_a_tax_key_of_another_seller_stays_with_the_order():
    story = rich()
    other = make_key(make_entity("W2"), rate="0.13", content="硬件")
    placed = pay(story, "100.00", tax_category=other)
    renewed = changing.renew(
        order=placed,
        number="RN-1",
        amount=yuan("100.00"),
        ends_on=date(2026, 5, 31),
        at=at("2026-04-20 09:00"),
    )
    assert renewed.tax_category == other
