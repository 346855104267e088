"""Every page of the console, seen once each by axe, on a phone, by keyboard and without JavaScript."""

import pytest
from django.urls import resolve

from accounts.models import CustomerAccount
from invoicing.models import Invoice
from invoicing.services.auto import settings
from ledger.services.orders.refunding import refund_charge
from tests.browser.walk import PHONE, Visit, axe_faults, faults, phone_faults, plain_faults, walk
from tests.builders import Story, at, make_story, make_user, yuan
from tests.doors.console import page_of
from tests.doors.one_of_everything import addresses, one_of_everything
from tests.doors.test_console_everywhere import ACT, OPEN, POLICY, READ

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("still_clock"),
]
FILES = {
    "accounts:upload",
    "accounts:ticket_file",
    "ledger:export",
    "invoicing:invoice_file",
    "invoicing:invoice_details",
    "invoicing:invoice_copy",
    "invoicing:credit_note_file",
    "invoicing:proforma_file",
    "invoicing:proforma_scan",
}
"""Read, but not pages."""
NO_PAGE = {"person:logout", "person:language", "person:theme"}
NOWHERE = "/console/C1/nowhere/"
PAGES = {name for name, who in POLICY.items() if who in (OPEN, READ, ACT)} - FILES - NO_PAGE


def console_visits() -> list[Visit]:
    """A customer at home with something on every page, an individual, and somebody without an account."""
    story = one_of_everything()
    once = addresses(story, PAGES)
    story.customer.region = "CN"
    story.customer.save()
    member = _member_of(story)
    story.recharge("200000", "2026-03-20 09:00")
    bought = story.order("100000.00", "2026-03-20 09:10")
    story.order("20.00", "2026-03-20 09:20", delivered=False)
    story.issue(story.ask("2026-03-20 09:30", amount="100000.00"), "2026-03-20 09:40")
    story.ask("2026-03-20 09:50", amount="10.00")
    refund_charge(
        charge=bought.charge, amount=yuan("300.00"), reason="refund", reference="R2",
        at=at("2026-03-20 10:00"),
    )  # fmt: skip
    settings.enable(
        customer=story.customer, title=story.title, kind="general", medium="electronic",
        recipient_email="", at=at("2026-03-20 10:00"),
    )  # fmt: skip
    newest = Invoice.objects.filter(number__isnull=False).latest("pk")
    new, members = (
        page_of(story, "invoicing:select"),
        f"member={story.customer.pk}&member={member.pk}",
    )
    confirm = page_of(story, "invoicing:confirm")
    more = [
        f"{new}?method=month",
        f"{new}?method=amount&amount=5",
        f"{new}?{members}",
        f"{confirm}?method=amount&amount=20&{members}&by_member=on",
        f"{confirm}?method=amount&amount=5000000",
        page_of(story, "invoicing:credit_ask", newest.pk),
        page_of(story, "invoicing:reissue", newest.pk),
        page_of(story, "accounts:ticket_new") + f"?topic=lost_invoice&about={newest.number}",
        NOWHERE,
    ]
    sent = [
        page_of(story, "invoicing:credit_ask", newest.pk),
        page_of(story, "invoicing:auto_on"),
        page_of(story, "invoicing:auto_members"),
    ]
    individual = make_story("alibaba", "周望舒", kind="individual")
    elsewhere = {"invoicing:title_apply": individual.user, "person:login": make_user("nobody")}
    return [
        *(Visit(elsewhere.get(name, story.user), path) for name, path in once.items()),
        *(Visit(story.user, path) for path in more),
        *(Visit(story.user, path, press=True) for path in sent),
        Visit(individual.user, page_of(individual, "invoicing:titles")),
        Visit(elsewhere["person:login"], "/console/"),
    ]


def _member_of(story: Story) -> CustomerAccount:
    """An account that the customer manages, set up for auto-invoicing, with consumption."""
    member = make_story("standard", "云帆印刷示例信息技术服务有限公司青岛高新区第二分公司")
    CustomerAccount.objects.filter(pk=member.customer.pk).update(parent=story.customer)
    member.recharge("100", "2026-03-01 09:00")
    member.order("60.00", "2026-03-01 10:00")
    return member.customer


def test_axe_finds_nothing(chromium, live_server):
    visits = console_visits()
    paths = {visit.path.partition("?")[0] for visit in visits} - {NOWHERE}
    assert {resolve(path).view_name for path in paths} == PAGES | {"person:home"}
    assert faults(walk(chromium, live_server, visits, locale="en-US"), axe_faults) == {}


def test_nothing_sticks_out_of_a_phone_and_the_keyboard_reaches_everything(chromium, live_server):
    assert faults(walk(chromium, live_server, console_visits(), **PHONE), phone_faults) == {}


def test_without_javascript_nothing_is_lost(chromium, live_server):
    assert plain_faults(chromium, live_server, console_visits()) == {}
