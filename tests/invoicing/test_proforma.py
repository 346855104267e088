"""Customers overseas: a ticket, a draft, the customer's word, the seal; and nothing is consumed (B13, D14)."""

import pytest
from django.db import IntegrityError, transaction

from accounts.domain.file_content import CleanFile
from accounts.models import OutboxMessage, Ticket
from accounts.services import tickets
from invoicing.models import InvoiceableItem, Proforma
from invoicing.services.overseas import drafting
from invoicing.services.overseas.proforma import (
    confirm_proforma,
    make_proformas,
    request_proforma,
    seal_proforma,
)
from ledger.models import Bill
from ledger.services.bills import generating
from ledger.services.orders.refunding import refund_charge
from tests.accounts.pictures import PDF
from tests.accounts.test_tickets import make_support
from tests.builders import at, close, make_entity, make_key, make_story
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 09:00")
SCAN = CleanFile("sealed.pdf", "application/pdf", PDF)


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch):
    monkeypatch.setattr(drafting.pdf, "render_proforma", lambda s: s.digest().encode())
    monkeypatch.setattr(drafting, "render_facturx", lambda s: s.digest().encode())


@pytest.fixture
def overseas():
    story = make_story("alibaba", region="HK")
    story.recharge("500", "2026-03-01 09:00")
    return story


def asked(story) -> tuple[Bill, Proforma]:
    bill = story.bill("100.00", "2026-03-01 10:00")
    (made,) = request_proforma(sold=bill, by=story.user, at=NOW)
    return bill, made


def test_a_request_opens_one_ticket_with_one_draft_and_consumes_nothing(overseas):
    before = list(InvoiceableItem.objects.values())
    bill, made = asked(overseas)
    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.about, ticket.status) == ("proforma", bill.number, "answered")
    assert (made.ticket, made.status, made.form) == (ticket, "draft", "proforma")
    assert str(made.total) == "CN¥100.00"
    assert request_proforma(sold=bill, by=overseas.user, at=NOW) == [made]
    assert (Ticket.objects.count(), Proforma.objects.count()) == (1, 1)
    assert list(InvoiceableItem.objects.values())[: len(before)] == before
    item = InvoiceableItem.objects.get()
    assert (item.reserved, item.invoiced, item.net) == (0, 0, 100)
    assert OutboxMessage.objects.filter(topic="proforma_ready").count() == 3


def test_the_customer_confirms_and_staff_seal(overseas):
    _bill, made = asked(overseas)
    support = make_support()
    refused("wrong_state", lambda: seal_proforma(proforma=made, scan=SCAN, by=support, at=NOW))
    confirm_proforma(proforma=made, by=overseas.user, at=NOW)
    confirm_proforma(proforma=made, by=overseas.user, at=NOW)
    made.refresh_from_db()
    assert (made.status, made.confirmed_by, made.ticket.status) == (
        "confirmed", overseas.user, "open",
    )  # fmt: skip
    seal_proforma(proforma=made, scan=SCAN, by=support, at=NOW)
    made.refresh_from_db()
    message = made.ticket.messages.order_by("pk").last()
    assert (made.status, made.ticket.status) == ("sealed", "answered")
    assert (message.from_staff, list(message.files.all())) == (True, [made.sealed_scan])
    assert OutboxMessage.objects.filter(topic="proforma_sealed").count() == 3
    refused("wrong_state", lambda: seal_proforma(proforma=made, scan=SCAN, by=support, at=NOW))


def test_staff_draft_for_a_ticket_written_by_hand_also_as_a_commercial_invoice(overseas):
    bill = overseas.bill("100.00", "2026-03-01 10:00")
    support = make_support()
    ticket = tickets.open_ticket(
        customer=overseas.customer, topic="proforma", subject="Invoice", text="Please.",
        by=overseas.user, idempotency_key="K", at=NOW,
    )  # fmt: skip
    (proforma,) = make_proformas(ticket=ticket, sold=bill, by=support, at=NOW)
    (commercial,) = make_proformas(ticket=ticket, sold=bill, by=support, at=NOW, form="commercial")
    assert make_proformas(ticket=ticket, sold=bill, by=support, at=NOW) == [proforma]
    assert proforma.number.replace("PF-", "CI-") == commercial.number
    assert f'"{proforma.number}"' in commercial.snapshot
    assert {proforma.ticket, commercial.ticket} == {ticket}


def test_each_selling_company_gets_its_own(overseas):
    overseas.use("1.00", "2026-03-01 10:00")
    overseas.use("2.00", "2026-03-01 10:00", make_key(make_entity("I2")))
    generating.close_months(at=at("2026-04-03 00:00"))
    made = request_proforma(sold=Bill.objects.get(), by=None, at=at("2026-04-03 09:00"))
    assert [str(row.total.amount) for row in made] == ["1.00", "2.00"]
    assert len({row.ticket for row in made}) == 1


def test_who_may_not_and_what_is_not_possible(overseas):
    home, support = make_story(name="Home Ltd"), make_support()
    home.recharge("10", "2026-03-01 09:00")
    at_home = home.bill("10.00", "2026-03-01 10:00")
    bill, made = asked(overseas)
    refused("not_permitted", lambda: request_proforma(sold=at_home, by=home.user, at=NOW))
    refused("not_permitted", lambda: request_proforma(sold=bill, by=home.user, at=NOW))
    refused("not_permitted", lambda: confirm_proforma(proforma=made, by=home.user, at=NOW))
    draft = {"ticket": made.ticket, "at": NOW}
    refused("not_permitted", lambda: make_proformas(sold=bill, by=home.user, **draft))
    refused("not_found", lambda: make_proformas(sold=at_home, by=support, **draft))
    later = overseas.bill("20.00", "2026-03-01 11:00")
    close(overseas.customer)
    refused("account_closed", lambda: request_proforma(sold=later, by=overseas.user, at=NOW))


def test_b13_a_prepaid_order_has_a_proforma_of_what_was_paid_for_it(overseas):
    order = overseas.order("120.00", "2026-03-01 11:00")
    (made,) = request_proforma(sold=order, by=overseas.user, at=NOW)
    assert (made.order, made.bill, str(made.total)) == (order, None, "CN¥120.00")
    assert (made.ticket.about, made.number[:11]) == (order.number, "PF-202603-O")
    assert request_proforma(sold=order, by=overseas.user, at=NOW) == [made]
    assert InvoiceableItem.objects.get().net == 120


def test_b13_a_proforma_is_of_one_thing(overseas):
    bill, made = asked(overseas)
    order = overseas.order("120.00", "2026-03-01 11:00")
    for columns in ({"order": order, "bill": bill}, {"order": None, "bill": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Proforma.objects.filter(pk=made.pk).update(**columns)


def test_b13_an_order_that_somebody_else_paid_is_not_there(overseas):
    stranger = make_story("alibaba", region="HK")
    stranger.recharge("500", "2026-03-01 09:00")
    order = stranger.order("120.00", "2026-03-01 11:00")
    refused("not_permitted", lambda: request_proforma(sold=order, by=overseas.user, at=NOW))


def test_b13_an_order_that_was_given_back_has_nothing_to_say(overseas):
    order = overseas.order("120.00", "2026-03-01 11:00")
    refund_charge(
        charge=order.charge, amount=order.charge.cash, reason="refund", reference="R", at=NOW
    )
    order.charge.refresh_from_db()
    refused("below_minimum", lambda: request_proforma(sold=order, by=overseas.user, at=NOW))
