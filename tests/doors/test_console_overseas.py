"""The console of a customer abroad: proforma invoices of bills and orders, and nothing to invoice (B13)."""

import pytest

from invoicing.models import Proforma
from tests.builders import make_story
from tests.doors.console import fields, sign_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    story = make_story("standard", region="HK")
    story.recharge("500.00", "2026-03-01 09:00")
    return story


def test_the_overview_leads_to_proformas_and_calls_nothing_invoiceable(story):
    story.order("100.00", "2026-03-01 10:00")
    said = text(sign_in(story).get(""))
    assert "Accounts outside mainland China get a proforma invoice" in said
    assert "Invoiceable" not in said


def test_the_proforma_of_an_order_is_asked_for_on_its_page(story):
    order = story.order("100.00", "2026-03-01 10:00")
    client = sign_in(story)
    page = client.get(f"orders/{order.pk}/")
    assert "Request a proforma invoice" in text(page)
    answer = client.post(f"orders/{order.pk}/proforma/", fields(page))
    made = Proforma.objects.get()
    assert answer["Location"] == client.at(f"tickets/{made.ticket_id}/")
    assert made.number in text(client.get(f"orders/{order.pk}/"))


def test_nobody_asks_for_the_proforma_of_somebody_elses_order(story):
    other = make_story("standard", region="HK")
    other.recharge("500.00", "2026-03-01 09:00")
    order = other.order("100.00", "2026-03-01 10:00")
    assert sign_in(story).post(f"orders/{order.pk}/proforma/").status_code == 404
    assert not Proforma.objects.exists()


def test_at_home_an_order_offers_no_proforma():
    story = make_story("standard")
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("100.00", "2026-03-01 10:00")
    assert "proforma" not in text(sign_in(story).get(f"orders/{order.pk}/"))
