"""An order whose renewal was given up is renewed again, one live renewal at a time."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from ledger.models import Order
from ledger.queries.balances import fund_balances
from ledger.services.orders import changing
from tests.builders import at, make_story, yuan
from tests.ledger.ordering import pay
from tests.refusing import refused

pytestmark = pytest.mark.django_db
WHEN = at("2026-04-20 09:00")


@pytest.fixture
def story():
    made = make_story("baidu")
    made.recharge("1000.00", "2026-03-01 09:00")
    return made


def renew(placed: Order) -> Order:
    offer = changing.renewal_offer(placed, WHEN)
    return changing.renew(
        order=placed,
        number=offer.number,
        amount=offer.amount,
        ends_on=offer.term.ends_on,
        at=WHEN,
    )


def test_an_order_is_renewed_again_after_its_renewal_was_unsubscribed(story):
    placed = pay(story, "300.00")
    first = renew(placed)
    refused("already_renewed", lambda: renew(placed))
    changing.unsubscribe(order=first, at=WHEN)
    second = renew(placed)
    assert (first.number, second.number) == (f"RN-{placed.pk:08d}", f"RN-{placed.pk:08d}-2")
    assert (second.starts_on, second.ends_on) == (date(2026, 5, 1), date(2026, 5, 31))
    assert changing.renewal_of(placed) == second
    assert fund_balances(story.customer)["cash"] == yuan("400.00")
    refused("already_renewed", lambda: renew(placed))
    refused("renewal_first", lambda: changing.unsubscribe(order=placed, at=WHEN))


def test_the_database_keeps_one_live_renewal(story):
    placed = pay(story, "300.00")
    renew(placed)
    with pytest.raises(IntegrityError, match="order_renewed_once"), transaction.atomic():
        pay(story, "1.00", renews=placed)
