"""One person, two customers, two tabs: each tab works for the customer in its own address."""

import pytest

from accounts.models import Membership, RecipientEmail, Ticket
from invoicing.models import InvoiceApplication, InvoiceTitle
from ledger.models import Payment, Withdrawal
from tests.builders import make_story
from tests.doors.console import fields, sign_in, text
from tests.refusing import fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
FORMS = {
    "withdrawals/new/?amount=10.00&route=original": ("withdrawals/new/", {}, Withdrawal),
    "recharge/": ("recharge/pay/", {"amount": "5.00"}, Payment),
    "tickets/new/": (
        "tickets/new/",
        {"topic": "application", "subject": "Late", "text": "When?"},
        Ticket,
    ),
    "emails/new/": ("emails/new/", {"email": "new@example.com"}, RecipientEmail),
    "titles/new/": ("titles/new/", {"type": "enterprise", "name": "Bolt Ltd"}, InvoiceTitle),
    "invoices/new/confirm/?method=amount&amount=10.00": (
        "invoices/new/confirm/",
        {},
        InvoiceApplication,
    ),
}
"""The page that shows the form, where it is sent, what is typed, and what comes of it."""


@pytest.fixture
def two():
    """One person who works for M and S, both with money and something to invoice."""
    main, second = make_story("standard", "M Ltd"), make_story("standard", "S Ltd")
    Membership.objects.create(user=main.user, customer=second.customer)
    for story in (main, second):
        story.recharge("1000.00", "2026-03-01 09:00")
        story.order("100.00", "2026-03-01 10:00")
    return main, second


def rows(model, story):
    return model.objects.filter(customer=story.customer).count()


@pytest.mark.parametrize("page", FORMS)
def test_what_a_tab_shows_is_done_for_its_customer_whatever_another_tab_opened(two, page):
    (main, second), (to, typed, model) = two, FORMS[page]
    tab = sign_in(main)
    asked = tab.get(page)
    assert asked.status_code == 200, text(asked)
    before = rows(model, main), rows(model, second)
    assert tab.get(f"/console/{second.customer.code}/").status_code == 200  # the other tab
    answer = tab.post(to, {**fields(asked), **typed})
    assert answer.status_code == 302, text(answer)
    assert (rows(model, main), rows(model, second)) == (before[0] + 1, before[1])


@pytest.mark.parametrize("page", FORMS)
def test_a_form_of_one_customer_sent_to_another_ones_address_does_nothing(two, page):
    (main, second), (to, typed, _model) = two, FORMS[page]
    tab = sign_in(main)
    sent = {**fields(tab.get(page)), **typed}
    assert sent["account"][0] == main.customer.code
    before = fingerprint()
    answer = tab.post(f"/console/{second.customer.code}/{to}", sent)
    assert answer.status_code == 409
    assert "This form was made for another account" in text(answer)
    assert fingerprint() == before
