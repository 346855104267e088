"""Choosing months: every row closes, and says where the rest of what was paid is (A38, K07, K15)."""

from decimal import Decimal

import pytest

from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.months import months
from invoicing.queries.policies import policy_of
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from ledger.models import Order
from ledger.services.orders import paying, refunding
from tests.builders import Story, at, make_story, yuan
from tests.doors.console import NOW, sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
PAGE = "invoices/new/?method=month"


def give_back(placed: Order, amount: str, when: str) -> None:
    refunding.refund_charge(
        charge=placed.charge, amount=yuan(amount), reason="refund", reference="RF1", at=at(when)
    )


def closes(story: Story) -> None:
    for month in months((story.customer,), policy_of(story.customer), NOW):
        taken = month.refunded + month.invoiced + month.reserved + month.offset + month.waiting
        assert month.open == month.cash - taken + month.deficit + month.moved


def test_what_was_refunded_has_its_column():
    story = make_story("standard")
    story.recharge("40000.00", "2026-01-01 09:00")
    placed = story.order("38235.46", "2026-01-10 09:00")
    give_back(placed, "240.00", "2026-01-11 09:00")
    story.issue(story.ask("2026-01-12 09:00", amount="37995.46"), "2026-01-12 09:10")
    closes(story)
    words = text(sign_in(story).get(PAGE))
    assert "Paid in cash Refunded Invoiced In progress Invoiceable" in words
    assert "38,235.46 240.00 37,995.46 0.00 0.00" in words


def test_offsets_and_refunds_after_invoicing_have_theirs():
    story = make_story("standard")
    story.recharge("5000.00", "2026-01-01 09:00")
    placed = story.order("1200.00", "2026-01-10 09:00")
    story.issue(story.ask("2026-01-12 09:00", amount="1200.00"), "2026-01-12 09:10")
    give_back(placed, "200.00", "2026-01-20 09:00")
    story.order("150.00", "2026-02-10 09:00")
    story.order("20.00", "2026-02-10 09:00", delivered=False)
    closes(story)
    words = text(sign_in(story).get(PAGE))
    assert "Refunded after invoicing Not invoiceable yet Invoiceable" in words
    assert "1,200.00 200.00 1,200.00 0.00 200.00 0.00 0.00" in words
    assert "170.00 0.00 0.00 0.00 0.00 20.00 150.00" in words


def test_a_month_that_is_invoiced_says_with_which_statement_the_rest_goes():
    story = make_story("kingsoft")
    story.recharge("5000.00", "2026-01-01 09:00")
    story.order("100.00", "2026-01-10 09:00")
    late = story.order("70.00", "2026-01-12 09:00", delivered=False)
    made = applying.submit(
        customer=story.customer,
        ask=Ask(method="month", months=("2026-01",)),
        at=at("2026-02-05 09:00"),
        actor=story.user,
        idempotency_key="M1",
        confirm_amount=Decimal("100.00"),
    )
    story.issue(made, "2026-02-05 10:00")
    paying.deliver_order(order=late, at=at("2026-03-10 09:00"))
    closes(story)
    words = text(sign_in(story).get(PAGE))
    assert "2026-01 2026-01 is already invoiced: one invoice per month." in words
    assert "70.00 goes with the statement of 2026-02, from 2026-03-10" in words
    assert "From other months" in words
    (february, january) = months((story.customer,), policy_of(story.customer), NOW)
    assert (february.period, february.open, february.moved) == ("2026-02", 70, 70)
    assert (january.open, january.moved) == (0, -70)
    assert invoiceable(story.customer, NOW).open == yuan("70.00")


def test_an_order_partly_ready_says_what_is_not():
    story = make_story("standard")
    story.recharge("5000.00", "2026-01-01 09:00")
    placed = story.order("60.00", "2026-01-10 09:00", delivered=False)
    words = text(sign_in(story).get("invoices/new/?method=order"))
    assert placed.number in words
    assert "60.00 60.00 not invoiceable yet 0.00" in words
