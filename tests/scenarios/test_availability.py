"""Scenarios of what becomes invoiceable, and when."""

import pytest

from invoicing.queries import invoiceable
from tests.builders import at, make_story, yuan

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_01_a_recharge_is_not_invoiceable(profile):
    story = make_story(profile)
    story.recharge("100.00", "2026-03-01 09:00")
    assert invoiceable(story.customer, at("2026-03-01 09:00")).open == yuan("0.00")
    placed = story.order("60.00", "2026-03-01 10:00")
    now = invoiceable(story.customer, at("2026-03-01 10:00"))
    assert now.open == yuan("60.00")
    application = story.issue(
        story.ask("2026-03-01 11:00", method="order", sources=(placed.number,)), "2026-03-01 11:30"
    )
    invoice = application.invoices.get()
    assert (invoice.net.amount, invoice.tax.amount, invoice.gross.amount) == (
        yuan("56.60"),
        yuan("3.40"),
        yuan("60.00"),
    )
