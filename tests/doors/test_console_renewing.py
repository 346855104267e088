"""Renewing again in the console after a renewal was given up: only what was confirmed happens."""

import pytest

from ledger.models import Order
from ledger.services.orders import changing
from tests.builders import make_story
from tests.doors.console import NOW, fields, sign_in
from tests.doors.test_console_orders import place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def test_confirming_an_old_page_does_not_renew_again():
    story = make_story("alibaba")
    story.recharge("900.00", "2026-03-01 09:00")
    placed = place(story)
    client, page = sign_in(story), f"orders/{placed.pk}/renew/"
    asked = client.get(page)
    client.post(page, fields(asked))
    changing.unsubscribe(order=Order.objects.get(renews=placed), at=NOW)
    again = client.post(page, fields(asked))
    assert again.status_code == 302  # the answer is the first one's, and nothing is done
    assert Order.objects.filter(renews=placed).count() == 1
    client.post(page, fields(client.get(page)))
    renewals = Order.objects.filter(renews=placed).order_by("pk")
    assert [row.status for row in renewals] == ["unsubscribed", "delivered"]
