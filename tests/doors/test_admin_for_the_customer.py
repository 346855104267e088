"""The pages on which staff do what a ticket asks for; what a ticket is about leads to it (B17)."""

import pytest
from django.test import Client

from accounts.services import tickets
from invoicing.models import CreditRequest, Invoice
from tests.accounts.test_tickets import make_support
from tests.builders import at, make_reviewer, make_story
from tests.doors.console import sign_in, text
from tests.invoicing.test_for_the_customer import decider
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
APPLICATION = "/admin/invoicing/invoiceapplication/{}/change/"


@pytest.fixture
def story():
    made = make_story("standard")
    made.recharge("100.00", "2026-03-01 09:00")
    made.order("60.00", "2026-03-01 10:00")
    return made


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_an_application_is_cancelled_on_its_page(story):
    asked, client = story.ask("2026-03-20 09:00", amount="60.00"), signed_in(make_reviewer())
    page = client.get(APPLICATION.format(asked.pk))
    assert "Cancel the application" in text(page)
    seen = page.context["seen"]
    to = f"/admin/invoicing/invoiceapplication/{asked.pk}/do/cancel/"
    before = fingerprint()
    empty = client.post(to, {"seen": seen, "why": " "})
    assert "This field is required." in text(empty)
    assert fingerprint() == before
    stale = client.post(to, {"seen": "approved.0", "why": "Ticket T-00000007"}, follow=True)
    assert "changed since you opened it" in text(stale)
    done = client.post(to, {"seen": seen, "why": "Ticket T-00000007"}, follow=True)
    assert f"{asked.number} is cancelled, and the customer is told why." in text(done)
    asked.refresh_from_db()
    assert asked.status == "withdrawn"
    assert "Cancel the application" not in text(client.get(APPLICATION.format(asked.pk)))


def test_an_invoice_is_credited_for_the_customer_from_its_application(story):
    asked = story.issue(story.ask("2026-03-20 09:00", amount="60.00"), "2026-03-20 10:00")
    invoice, client = Invoice.objects.get(), signed_in(decider())
    to = f"/admin/invoicing/invoice/{invoice.pk}/credit/"
    assert f'href="{to}"' in client.get(APPLICATION.format(asked.pk)).content.decode()
    assert "Credit invoice" in text(client.get(to))
    wrong = client.post(to, {"reason": "sales_return", "amount": "60.01"})
    assert "At most 60.00" in text(wrong) or "60.00" in text(wrong)
    assert not CreditRequest.objects.exists()
    done = client.post(to, {"reason": "sales_return", "amount": "60.00", "note": "T-00000007"})
    request = CreditRequest.objects.get()
    assert done["Location"] == f"/admin/invoicing/creditrequest/{request.pk}/change/"
    assert request.decide_at is None
    assert f"{request.number} is asked for." in text(client.get(done["Location"]))
    assert signed_in(make_reviewer("looks")).get(to).status_code == 403


@pytest.mark.parametrize("what", ["application", "invoice", "order", "bill", "nothing", "foreign"])
def test_what_a_ticket_is_about_leads_to_it(story, what):
    other = make_story("standard", "Other Ltd")
    other.recharge("100.00", "2026-03-01 09:00")
    foreign = other.order("60.00", "2026-03-01 10:00")
    asked = story.issue(story.ask("2026-03-20 09:00", amount="60.00"), "2026-03-20 10:00")
    invoice, bill = Invoice.objects.get(), story.bill("5.00", "2026-03-03 09:00")
    order = story.customer.orders.get()
    numbers = {
        "application": (asked.number, f"applications/{asked.pk}/", f"invoicing/invoiceapplication/{asked.pk}"),
        "invoice": (invoice.number, f"applications/{asked.pk}/", f"invoicing/invoice/{invoice.pk}"),
        "order": (order.number.lower(), f"orders/{order.pk}/", f"ledger/order/{order.pk}"),
        "bill": (bill.number, f"bills/{bill.pk}/", f"ledger/bill/{bill.pk}"),
        "nothing": ("APP-99999999", "", ""),
        "foreign": (foreign.number, "", ""),
    }  # fmt: skip
    about, page, row = numbers[what]
    ticket = tickets.open_ticket(
        customer=story.customer, topic="other", subject="Please", text="Cancel it", about=about, by=story.user,
        idempotency_key="K", at=at("2026-03-20 11:00"),
    )  # fmt: skip
    client = sign_in(story)
    shown = client.get(f"tickets/{ticket.pk}/").content.decode()
    assert (f'href="{client.home}{page}">{about}</a>' in shown) == bool(page)
    desk = signed_in(make_support()).get(f"/admin/accounts/ticket/{ticket.pk}/change/")
    assert (f'href="/admin/{row}/change/">{about}</a>' in desk.content.decode()) == bool(row)
    assert about in text(desk)
