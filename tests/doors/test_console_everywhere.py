"""Every address of the console: who may come in, and what is asked of whom."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.urls import urlpatterns as accounts_urls
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services import filing
from invoicing.services.proforma import make_proformas
from invoicing.urls import urlpatterns as invoicing_urls
from ledger.models import Bill, Order, Payment
from ledger.services import payments
from ledger.urls import urlpatterns as ledger_urls
from tests.builders import at, make_story, make_user, yuan
from tests.doors.console import NOW, sign_in, text, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

OPEN, READ, ACT, POST, ACT_POST = "open", "read", "act", "post", "act post"
POLICY = {
    "accounts:login": OPEN,
    "accounts:logout": OPEN,
    "accounts:language": OPEN,
    "accounts:theme": OPEN,
    "accounts:choose_customer": POST,
    "accounts:inbox": READ,
    "accounts:read_all": ACT_POST,
    "ledger:export": READ,
    "ledger:funds": READ,
    "ledger:lot": READ,
    "ledger:redeem": ACT_POST,
    "ledger:statement": READ,
    "ledger:recharge": READ,
    "ledger:recharge_pay": ACT_POST,
    "ledger:dedicated_account": ACT_POST,
    "ledger:payment": READ,
    "ledger:sandbox": ACT,
    "ledger:orders": READ,
    "ledger:order": READ,
    "ledger:renew": ACT,
    "ledger:withdrawals": READ,
    "ledger:withdraw": ACT,
    "ledger:member_transfer": ACT,
    "ledger:bills": READ,
    "ledger:bill": READ,
    "invoicing:overview": READ,
    "invoicing:unsubscribe": ACT,
    "invoicing:select": ACT,
    "invoicing:confirm": ACT,
    "invoicing:invoice_pdf": READ,
    "invoicing:applications": READ,
    "invoicing:application": READ,
    "invoicing:submitted": ACT,
    "invoicing:withdraw": ACT,
    "invoicing:get_proforma": ACT_POST,
    "invoicing:proforma_pdf": READ,
    "invoicing:titles": READ,
    "invoicing:title_add": ACT,
    "invoicing:title_edit": ACT,
    "invoicing:email_add": ACT,
    "invoicing:address_add": ACT,
    "invoicing:auto": READ,
    "invoicing:auto_on": ACT,
    "invoicing:auto_off": ACT,
}
"""Who may use an address: anybody, members, members who may act; and whether only by POST."""
NEEDS_MORE = ("invoicing:confirm", "invoicing:auto_on")
"""Needs a selection; is for customers in mainland China, which this story's is no longer."""
OF_AN_OBJECT = (
    "ledger:lot",
    "ledger:order",
    "ledger:renew",
    "invoicing:unsubscribe",
    "ledger:bill",
    "ledger:payment",
    "ledger:sandbox",
    "invoicing:invoice_pdf",
    "invoicing:application",
    "invoicing:submitted",
    "invoicing:withdraw",
    "invoicing:get_proforma",
    "invoicing:proforma_pdf",
    "invoicing:title_edit",
)


@pytest.fixture
def story():
    """An overseas customer with one of everything that has an address (issued while at home)."""
    story = make_story("standard")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("60.00", "2026-01-02 09:00")
    story.bill("30.00", "2026-01-03 09:00")
    story.issue(story.ask("2026-01-04 09:00", amount="60.00"), "2026-01-04 10:00")
    filing.render_waiting(at=at("2026-01-04 11:00"))
    story.customer.region = "SG"
    story.customer.save()
    payments.start_payment(
        customer=story.customer, amount=yuan("5"), channel="sandbox", key="K", at=NOW
    )
    make_proformas(bill=Bill.objects.get(), at=at("2026-01-05 09:00"))
    return story


def arguments(story):
    """The arguments of each address that has some."""
    application = InvoiceApplication.objects.get(customer=story.customer)
    invoice = Invoice.objects.get(application=application)
    bill = Bill.objects.get(customer=story.customer)
    proforma = bill.proformas.get()
    payment = Payment.objects.get(customer=story.customer)
    order = Order.objects.get(customer=story.customer)
    return {
        "ledger:order": [order.pk],
        "ledger:renew": [order.pk],
        "invoicing:unsubscribe": [order.pk],
        "ledger:lot": [story.customer.lots.get().pk],
        "ledger:bill": [bill.pk],
        "ledger:payment": [payment.token],
        "ledger:sandbox": [payment.token],
        "ledger:export": ["statement"],
        "invoicing:invoice_pdf": [invoice.pk, invoice.number],
        "invoicing:application": [application.pk],
        "invoicing:submitted": [application.pk],
        "invoicing:withdraw": [application.pk],
        "invoicing:get_proforma": [bill.pk],
        "invoicing:proforma_pdf": [proforma.pk, proforma.number],
        "invoicing:title_edit": [story.title.pk],
    }


def addresses(story):
    given = arguments(story)
    return {name: reverse(name, args=given.get(name)) for name in POLICY}


def ask(client: Client, name: str, url: str):
    return client.post(url) if POLICY[name] in (POST, ACT_POST) else client.get(url)


def test_every_address_has_a_policy():
    patterns = {"accounts": accounts_urls, "ledger": ledger_urls, "invoicing": invoicing_urls}
    names = {f"{app}:{pattern.name}" for app, found in patterns.items() for pattern in found}
    assert names == set(POLICY)


def test_nobody_comes_in_without_signing_in(story):
    for name, url in addresses(story).items():
        if POLICY[name] != OPEN:
            answer = ask(Client(), name, url)
            assert (name, answer.status_code) == (name, 302)
            assert answer["Location"] == f"/console/login/?next={url}"


def test_every_page_answers_its_member(story):
    client = sign_in(story)
    for name, url in addresses(story).items():
        if POLICY[name] in (READ, ACT) and name not in NEEDS_MORE:
            assert (name, client.get(url).status_code) == (name, 200)


def test_an_overseas_customer_is_shown_the_proforma_and_no_way_to_what_it_cannot_have(story):
    client = sign_in(story)
    page = text(client.get("/console/invoices/new/"))
    assert "Accounts outside mainland China receive a proforma invoice instead." in page
    assert "Nothing was submitted." not in page
    assert reverse("invoicing:auto") not in client.get("/console/").content.decode()
    for answer in (client.get, client.post):
        assert answer(reverse("invoicing:auto_on"))["Location"] == reverse("invoicing:auto")
    assert "Auto-invoicing is not offered" in text(client.get(reverse("invoicing:auto")))


def test_objects_of_others_do_not_exist(story):
    stranger = sign_in(make_story("standard", "Other Ltd"))
    found = addresses(story)
    for name in OF_AN_OBJECT:
        assert (name, ask(stranger, name, found[name]).status_code) == (name, 404)


def test_readers_may_not_act_whatever_they_send(story):
    client = viewer(story)
    for name, url in addresses(story).items():
        if POLICY[name] in (ACT, ACT_POST):
            assert (name, client.post(url, {}).status_code) in {(name, 403), (name, 405)}
        elif POLICY[name] == READ:
            assert (name, client.get(url).status_code) == (name, 200)


def test_readers_are_offered_no_action(story):
    client = viewer(story)
    for name, url in addresses(story).items():
        if POLICY[name] == READ and not url.endswith((".pdf", ".csv")):
            page = client.get(url).content.decode()
            assert "btn primary" not in page, name
            for action in ("/new/", "/withdraw/", "/on/", "/off/", "/proforma/"):
                assert f'{action}"' not in page, (name, action)


def test_what_only_posts_refuses_to_be_read(story):
    client = sign_in(story)
    for name, url in addresses(story).items():
        if POLICY[name] in (POST, ACT_POST):
            assert (name, client.get(url).status_code) == (name, 405)


def test_a_person_without_an_account_sees_one_clear_page():
    client = Client()
    client.force_login(make_user("newcomer"))
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert "You do not act for any customer account" in answer.content.decode()


def test_a_person_chooses_among_own_accounts_only():
    one, two, other = make_story(), make_story(name="Second Ltd"), make_story(name="Other Ltd")
    Membership.objects.create(user=one.user, customer=two.customer)
    client = sign_in(one)
    assert one.customer.name in client.get("/console/titles/").content.decode()
    client.post("/console/customer/", {"customer": two.customer.pk})
    assert "certified as Second Ltd" in client.get("/console/titles/").content.decode()
    assert client.post("/console/customer/", {"customer": other.customer.pk}).status_code == 404
    assert "certified as Second Ltd" in client.get("/console/titles/").content.decode()


def test_the_root_leads_to_the_console():
    assert Client().get("/")["Location"] == "/console/"
