"""What people write is what the search of staff finds: numbers, customer numbers, names (B17)."""

import pytest
from django.test import Client
from django.urls import reverse

from invoicing.services.crediting import requests
from tests.builders import at, make_story, make_user
from tests.doors.console import sign_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """An issued application with a credit request."""
    story = make_story("standard", name="Northern Light Ltd")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    return story


def test_b17_numbers_and_names_are_found_as_people_write_them(story):
    asked = story.issue(story.ask("2026-03-02 09:00", amount="60.00"), "2026-03-02 10:00")
    other = story.ask("2026-03-02 11:00", amount="40.00")
    invoice = asked.invoices.get()
    credit = requests.request_credit(
        invoice=invoice,
        reason="issue_error",
        actor=story.user,
        at=at("2026-03-03 09:00"),
        idempotency_key="C",
    )
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    def found(name, term):
        page = client.get(reverse(f"admin:{name}_changelist"), {"q": term})
        return [row.pk for row in page.context["cl"].result_list]

    assert found("invoicing_invoiceapplication", asked.number) == [asked.pk]
    assert found("invoicing_invoiceapplication", invoice.number) == [asked.pk]
    assert found("invoicing_invoiceapplication", "Northern Light") == [other.pk, asked.pk]
    for term in (credit.number, "Northern Light", story.customer.code):
        assert found("invoicing_creditrequest", term) == [credit.pk]
    assert found("invoicing_creditrequest", "CR-00999999") == []


def test_b24_customers_are_advised_to_ask_their_own_finance_people(story):
    page = sign_in(story).get("invoices/new/confirm/?method=amount&amount=100.00")
    assert "your own finance people know: ask them first" in text(page)
