"""Every address of the console: who may come in, and what is asked of whom."""

import pytest
from django.test import Client

from accounts.models import Membership
from accounts.person_urls import urlpatterns as person_urls
from accounts.urls import urlpatterns as accounts_urls
from invoicing.urls import urlpatterns as invoicing_urls
from ledger.urls import urlpatterns as ledger_urls
from tests.builders import make_story, make_user
from tests.doors import one_of_everything as everywhere
from tests.doors.console import page_of, sign_in, text, viewer
from tests.doors.one_of_everything import one_of_everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

OPEN, HOME, READ, ACT, ACT_POST = "open", "home", "read", "act", "act post"
POLICY = {
    "person:login": OPEN,
    "person:logout": OPEN,
    "person:language": OPEN,
    "person:theme": OPEN,
    "person:home": HOME,
    "accounts:inbox": READ,
    "accounts:read_all": ACT_POST,
    "accounts:certification": READ,
    "accounts:certify": ACT,
    "accounts:change_name": ACT,
    "accounts:certification_cancel": ACT_POST,
    "accounts:upload": READ,
    "accounts:tickets": READ,
    "accounts:ticket": READ,
    "accounts:ticket_new": ACT,
    "accounts:ticket_write": ACT_POST,
    "accounts:ticket_close": ACT_POST,
    "accounts:ticket_file": READ,
    "ledger:export": READ,
    "ledger:funds": READ,
    "ledger:lot": READ,
    "ledger:redeem": ACT_POST,
    "ledger:statement": READ,
    "ledger:recharge": READ,
    "ledger:recharge_pay": ACT_POST,
    "ledger:dedicated_account": ACT_POST,
    "ledger:payment": READ,
    "ledger:payment_go": ACT,
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
    "invoicing:invoice_file": READ,
    "invoicing:invoice_details": READ,
    "invoicing:invoice_copy": READ,
    "invoicing:credit_note_file": READ,
    "invoicing:applications": READ,
    "invoicing:application": READ,
    "invoicing:submitted": ACT,
    "invoicing:withdraw": ACT,
    "invoicing:received": ACT_POST,
    "invoicing:get_proforma": ACT_POST,
    "invoicing:get_order_proforma": ACT_POST,
    "invoicing:proforma_file": READ,
    "invoicing:proforma_confirm": ACT_POST,
    "invoicing:proforma_scan": READ,
    "invoicing:credit_ask": ACT,
    "invoicing:reissue": ACT,
    "invoicing:certificate": READ,
    "invoicing:credit": READ,
    "invoicing:credit_cancel": ACT_POST,
    "invoicing:deficits": READ,
    "invoicing:offset": ACT_POST,
    "invoicing:offset_undo": ACT_POST,
    "invoicing:close_account": ACT,
    "invoicing:titles": READ,
    "invoicing:title_add": ACT,
    "invoicing:title_edit": ACT,
    "invoicing:title_default": ACT_POST,
    "invoicing:title_delete": ACT,
    "invoicing:update_titles": ACT_POST,
    "invoicing:title_apply": ACT,
    "invoicing:title_application_delete": ACT,
    "invoicing:email_add": ACT,
    "invoicing:email_default": ACT_POST,
    "invoicing:email_delete": ACT,
    "invoicing:address_add": ACT,
    "invoicing:address_edit": ACT,
    "invoicing:address_default": ACT_POST,
    "invoicing:address_delete": ACT,
    "invoicing:auto": READ,
    "invoicing:auto_on": ACT,
    "invoicing:auto_off": ACT,
    "invoicing:auto_members": ACT,
    "invoicing:auto_run": READ,
    "invoicing:auto_again": ACT_POST,
}
"""Who may use an address: anybody, members, members who may act; and whether only by POST."""
NEEDS_MORE = (
    "invoicing:confirm",
    "invoicing:auto_on",
    "invoicing:auto_members",
    "invoicing:title_apply",
)
"""Needs a selection; is for customers in mainland China, which this story's is no longer; for who manages
accounts; for individuals."""
LEADS_ON = ("ledger:payment_go",)
"""To the page of the payment channel."""
NOT_THERE = ("invoicing:invoice_copy", "invoicing:credit_note_file", "invoicing:certificate")
"""Nothing of this story was lost, credited or paper; documents/test_filing.py and test_certificates.py have what was."""
OF_AN_OBJECT = (
    "ledger:lot",
    "ledger:order",
    "ledger:renew",
    "invoicing:unsubscribe",
    "ledger:bill",
    "ledger:payment",
    "ledger:payment_go",
    "ledger:sandbox",
    "invoicing:invoice_file",
    "invoicing:invoice_details",
    *NOT_THERE,
    "invoicing:auto_run",
    "invoicing:auto_again",
    "invoicing:application",
    "invoicing:submitted",
    "invoicing:withdraw",
    "invoicing:received",
    "invoicing:credit_ask",
    "invoicing:reissue",
    "invoicing:credit",
    "invoicing:credit_cancel",
    "invoicing:offset_undo",
    "invoicing:get_proforma",
    "invoicing:get_order_proforma",
    "invoicing:proforma_file",
    "invoicing:proforma_confirm",
    "invoicing:proforma_scan",
    "accounts:ticket",
    "accounts:ticket_write",
    "accounts:ticket_close",
    "accounts:ticket_file",
    "invoicing:title_edit",
    "invoicing:title_default",
    "invoicing:title_delete",
    "invoicing:title_application_delete",
    "invoicing:email_default",
    "invoicing:email_delete",
    "invoicing:address_edit",
    "invoicing:address_default",
    "invoicing:address_delete",
    "accounts:certification_cancel",
    "accounts:upload",
)


@pytest.fixture
def story():
    return one_of_everything()


def addresses(story):
    return everywhere.addresses(story, POLICY)


def ask(client: Client, name: str, url: str):
    return client.post(url) if POLICY[name] == ACT_POST else client.get(url)


def test_every_address_has_a_policy():  # R40
    patterns = {
        "person": person_urls,
        "accounts": accounts_urls,
        "ledger": ledger_urls,
        "invoicing": invoicing_urls,
    }
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
        if POLICY[name] in (READ, ACT) and name not in (*NEEDS_MORE, *NOT_THERE):
            expected = 302 if name in LEADS_ON else 200
            assert (name, client.get(url).status_code) == (name, expected)


def test_an_overseas_customer_is_shown_the_proforma_and_no_way_to_what_it_cannot_have(story):
    client = sign_in(story)
    page = text(client.get("invoices/new/"))
    assert "Accounts outside mainland China receive a proforma invoice instead." in page
    assert "Nothing was submitted." not in page
    assert page_of(story, "invoicing:auto") not in client.get("").content.decode()
    for answer in (client.get, client.post):
        assert answer(page_of(story, "invoicing:auto_on"))["Location"] == page_of(
            story, "invoicing:auto"
        )
    assert "Auto-invoicing is not offered" in text(client.get(page_of(story, "invoicing:auto")))


def test_the_console_of_another_customer_does_not_exist_at_any_address(story):
    """Its number is as unknown as one that nobody has."""
    stranger = sign_in(make_story("standard", "Other Ltd"))
    for name, url in addresses(story).items():
        if not name.startswith("person:"):
            assert (name, ask(stranger, name, url).status_code) == (name, 404)
            unknown = url.replace(story.customer.code, "C99999")
            assert (name, ask(stranger, name, unknown).status_code) == (name, 404)


def test_a_form_made_for_another_account_than_its_address_does_nothing(story):
    other = make_story("standard", "Second Ltd")
    Membership.objects.create(user=story.user, customer=other.customer)
    client = sign_in(story)
    for name, url in addresses(story).items():
        if POLICY[name] in (ACT, ACT_POST):
            for account in (other.customer.code, "", "nobody"):
                answer = client.post(url, {"account": account})
                if answer.status_code != 405:  # a page to read
                    assert (name, answer.status_code) == (name, 409)
                    assert "This form was made for another account" in text(answer)


def test_objects_of_others_do_not_exist(story):  # R40, SC-118
    other = make_story("standard", "Other Ltd")
    stranger = sign_in(other)
    found = everywhere.addresses(story, POLICY, of=other.customer.code)
    for name in OF_AN_OBJECT:
        assert (name, ask(stranger, name, found[name]).status_code) == (name, 404)


def test_readers_may_not_act_whatever_they_send(story):  # R40
    client = viewer(story)
    for name, url in addresses(story).items():
        if POLICY[name] in (ACT, ACT_POST):
            assert (name, client.post(url, {}).status_code) in {(name, 403), (name, 405)}
        elif POLICY[name] == READ and name not in NOT_THERE:
            assert (name, client.get(url).status_code) == (name, 200)


def test_readers_are_offered_no_action(story):
    client = viewer(story)
    for name, url in addresses(story).items():
        if POLICY[name] == READ and not url.endswith((".pdf", ".ofd", ".csv")):
            answer = client.get(url)
            page = "" if answer.streaming else answer.content.decode()
            assert "btn primary" not in page, name
            for action in ("/new/", "/withdraw/", "/on/", "/off/", "/proforma/"):
                assert f'{action}"' not in page, (name, action)


def test_what_only_posts_refuses_to_be_read(story):
    client = sign_in(story)
    for name, url in addresses(story).items():
        if POLICY[name] == ACT_POST:
            assert (name, client.get(url).status_code) == (name, 405)


def test_a_person_without_an_account_sees_one_clear_page():
    client = Client()
    client.force_login(make_user("newcomer"))
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert "You do not act for any customer account" in answer.content.decode()


def test_a_person_works_for_each_own_account_under_its_own_address():
    one, two = make_story(), make_story(name="Second Ltd")
    Membership.objects.create(user=one.user, customer=two.customer)
    client = sign_in(one)
    assert one.customer.name in client.get("titles/").content.decode()
    there = page_of(two, "invoicing:titles")
    page = client.get(f"titles/{one.title.pk}/").content.decode()
    assert f'<a href="{there}">Second Ltd' in page
    assert "certified as Second Ltd" in client.get(there).content.decode()
    assert client.get("/console/")["Location"] == page_of(two, "invoicing:overview")
    assert one.customer.name in client.get("titles/").content.decode()
    assert client.get("/console/")["Location"] == page_of(one, "invoicing:overview")


def test_the_root_leads_to_the_console():
    assert Client().get("/")["Location"] == "/console/"
