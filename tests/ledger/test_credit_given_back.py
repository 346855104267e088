"""A refund while credit is used: the money repays what is still owed, never the refunded charge itself."""

import pytest

from invoicing.queries.invoiceable import invoiceable
from ledger.queries.balances import fund_balances
from ledger.queries.credit import unfunded
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, give_credit, make_story, yuan

pytestmark = pytest.mark.django_db
WHEN = at("2026-03-04 09:00")


@pytest.fixture
def owing():
    """Two orders on credit, 100.00 and 60.00; 110.00 paid since: the second one owes 50.00."""
    story = make_story("alibaba")
    give_credit(story, "400.00")
    first, second = (story.order(amount, "2026-03-01 10:00") for amount in ("100.00", "60.00"))
    story.recharge("110.00", "2026-03-02 09:00")
    assert unfunded([first.charge.pk, second.charge.pk]) == {second.charge.pk: yuan("50.00")}
    return story, first.charge, second.charge


def refund(charge, amount, reference="r"):
    refund_charge(charge=charge, amount=yuan(amount), reason="refund", reference=reference, at=WHEN)


def left(story):
    return fund_balances(story.customer)["cash"], invoiceable(story.customer, WHEN).open


def test_the_refund_of_one_order_repays_the_other(owing):
    story, first, second = owing
    refund(first, "90.00")
    assert unfunded([first.pk, second.pk]) == {}
    assert left(story) == (yuan("40.00"), yuan("70.00"))  # 10.00 of the first, 60.00 of the second
    refund(second, "60.00", "s")
    assert left(story) == (yuan("100.00"), yuan("10.00"))


def test_the_refund_of_an_order_that_owes_first_ends_its_own_debt(owing):
    story, first, second = owing
    refund(second, "30.00", "r1")
    assert unfunded([first.pk, second.pk]) == {second.pk: yuan("20.00")}
    assert left(story)[0] == yuan("-20.00")
    refund(second, "25.00", "r2")
    assert unfunded([first.pk, second.pk]) == {}
    assert left(story) == (yuan("5.00"), yuan("105.00"))
