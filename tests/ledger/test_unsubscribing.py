"""Giving an order up: the cash of the days that are left comes back, to the cent."""

from datetime import UTC, date

import pytest

from accounts.models import OutboxMessage
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.crediting.preview import preview_refund
from ledger.models import Order, Refund
from ledger.queries.balances import fund_balances
from ledger.services.orders import changing
from tests.builders import at, close, make_story, yuan
from tests.ledger.ordering import cash, fresh, pay, rich
from tests.refusing import refused

pytestmark = pytest.mark.django_db


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
    given = changing.unsubscribe(order=placed, at=at(when))
    assert str(given.amount) == returned
    assert cash(story) == str(yuan("700.00") + yuan(returned))
    assert fresh(placed).status == "unsubscribed"


def test_on_the_last_day_the_service_can_be_given_up_but_nothing_comes_back():
    story = rich()
    placed = pay(story, "300.00")
    assert changing.unsubscribe(order=placed, at=at("2026-04-30 09:00")) is None
    assert changing.unsubscribe(order=placed, at=at("2026-04-30 09:01")) is None
    assert (fresh(placed).status, Refund.objects.count()) == ("unsubscribed", 0)


def test_after_the_last_day_it_is_too_late():
    placed = pay(rich(), "300.00")
    refused("term_over", lambda: changing.unsubscribe(order=placed, at=at("2026-05-01 00:00")))


def test_the_day_is_that_of_the_customer():
    """16:00 UTC of 31 March is the first of April in Shanghai."""
    placed = pay(rich(), "300.00")
    moment = at("2026-04-01 00:00").astimezone(UTC)
    assert changing.unsubscribe_preview(placed, moment).days_used == 1


def test_a_leap_day_is_a_day():
    story = rich()
    year = {"starts_on": date(2028, 1, 1), "ends_on": date(2028, 12, 31)}
    placed = pay(story, "366.00", **year)
    given = changing.unsubscribe(order=placed, at=at("2028-02-29 10:00"))
    assert str(given.amount) == "306.00"


def test_unsubscribing_twice_is_unsubscribing_once():
    story = rich()
    placed = pay(story, "300.00")
    first = changing.unsubscribe(order=placed, at=at("2026-04-15 12:00"))
    assert changing.unsubscribe(order=placed, at=at("2026-04-20 12:00")) == first
    assert cash(story) == "850.00"
    told = OutboxMessage.objects.filter(topic="order_unsubscribed", channel="inbox")
    assert [row.values["total"] for row in told] == ["¥150.00"]


def test_vouchers_never_come_back_as_cash():
    story = make_story("baidu")
    story.grant("voucher", "300.00", "2026-03-01 09:00")
    placed = pay(story, "300.00")
    assert changing.unsubscribe_preview(placed, at("2026-04-15 12:00")).returned == 0
    assert changing.unsubscribe(order=placed, at=at("2026-04-15 12:00")) is None
    assert set(fund_balances(story.customer).values()) == {yuan("0.00")}


def test_what_cannot_be_unsubscribed_says_why():
    story = rich()
    waiting = pay(story, "10.00", delivered=False)
    endless = pay(story, "10.00", starts_on=None, ends_on=None)
    renewed = pay(story, "10.00")
    changing.renew(
        order=renewed,
        number="RN-1",
        amount=yuan("10.00"),
        ends_on=date(2026, 5, 31),
        at=at("2026-04-02 09:00"),
    )
    when = at("2026-04-10 12:00")
    refused("wrong_state", lambda: changing.unsubscribe(order=waiting, at=when))
    refused("term_missing", lambda: changing.unsubscribe(order=endless, at=when))
    error = refused("renewal_first", lambda: changing.unsubscribe(order=renewed, at=when))
    assert error.values == {"number": "RN-1"}
    close(story.customer)
    renewal = Order.objects.get(number="RN-1")
    refused("account_closed", lambda: changing.unsubscribe(order=renewal, at=when))


def test_the_preview_forecasts_the_deficit_that_then_opens():
    story = rich(profile="alibaba")
    placed = pay(story, "300.00")
    story.issue(story.ask("2026-03-21 09:00", amount="200.00"), "2026-03-21 10:00")
    when = at("2026-04-15 12:00")

    def tried():
        return preview_refund(
            customer=story.customer,
            charge=placed.charge,
            refund=lambda: changing.unsubscribe(order=placed, at=when),
            at=when,
        )

    found = tried()
    assert (found.opened, found.deficit) == (yuan("50.00"), yuan("50.00"))
    assert invoiceable(story.customer, when).deficit == 0
    changing.unsubscribe(order=placed, at=when)
    assert invoiceable(story.customer, when).deficit == yuan("50.00")
    assert tried().opened == 0
