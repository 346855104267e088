"""The console in a real browser: a journey, small screens, accessibility, without JavaScript."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.domain.file_content import CleanFile
from accounts.models import User
from accounts.services import tickets
from invoicing.models import InvoiceApplication
from invoicing.services import auto_invoicing, filing
from tests.accounts.pictures import PDF
from tests.builders import Story, at, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 700}


@pytest.fixture
def story() -> Story:
    """A customer with something on every page."""
    story = make_story("standard", "北京远帆科技有限公司")
    story.recharge("200000", "2026-01-01 09:00")
    story.order("100000.00", "2026-01-10 09:00")
    story.bill("1060.00", "2026-02-10 09:00")
    story.order("20.00", "2026-02-11 09:00", delivered=False)
    story.issue(story.ask("2026-02-12 09:00", amount="100000.00"), "2026-02-12 10:00")
    story.ask("2026-02-13 09:00", amount="60.00")
    filing.render_waiting(at=at("2026-02-12 10:05"))
    tickets.open_ticket(
        customer=story.customer,
        topic="application",
        subject="Please cancel the application of this morning",
        text="It was meant for another company.",
        about="APP-00000002",
        files=[CleanFile("proof.pdf", "application/pdf", PDF)],
        by=story.user,
        idempotency_key="K",
        at=at("2026-02-13 09:00"),
    )
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-02-13 09:00"),
    )
    return story


def pages(story: Story) -> list[str]:
    applications = InvoiceApplication.objects.order_by("pk")
    return [
        "/console/",
        "/console/invoices/new/",
        "/console/invoices/new/?method=month",
        "/console/invoices/new/?method=amount&amount=5",
        "/console/invoices/new/confirm/?method=amount&amount=500",
        "/console/invoices/new/confirm/?method=amount&amount=5000000",
        "/console/applications/",
        f"/console/applications/{applications[0].pk}/",
        f"/console/applications/{applications[1].pk}/",
        f"/console/applications/{applications[1].pk}/submitted/",
        f"/console/applications/{applications[1].pk}/withdraw/",
        "/console/statement/",
        "/console/orders/",
        "/console/bills/",
        f"/console/bills/{story.customer.bills.get().pk}/",
        "/console/titles/",
        "/console/titles/new/",
        "/console/auto-invoicing/",
        "/console/auto-invoicing/on/",
        "/console/auto-invoicing/off/",
        "/console/inbox/",
        "/console/tickets/",
        "/console/tickets/new/?topic=lost_invoice&about=26112000000000000001",
        f"/console/tickets/{story.customer.tickets.get().pk}/",
        "/console/account/closing/",
        "/console/nowhere/",
    ]


def signed_in(chromium, live_server, user: User, **options):
    """A browser window in which `user` is signed in, without the way through the form."""
    client = Client()
    client.force_login(user)
    context = chromium.new_context(viewport=options.pop("viewport", WIDE), **options)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    return context


def test_from_signing_in_to_submitted(chromium, live_server, story):
    page = chromium.new_context(viewport=WIDE, locale="en-US").new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(live_server.url)
    page.fill("[name=username]", story.user.username)
    page.fill("[name=password]", "a-long-password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Issue invoice").first.click()
    box = page.get_by_role("checkbox", name="Select BILL")
    box.check()
    assert page.locator("[data-sum]").inner_text() == "1,000.00"
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading", name="You will receive 1 invoice").is_visible()
    page.get_by_label("General paper invoice").check()
    page.wait_for_function("document.querySelector('[value=general-paper]').checked")
    page.get_by_role("button", name="Submit application").click()
    page.wait_for_url("**/submitted/")
    newest = InvoiceApplication.objects.latest("pk")
    assert page.get_by_role(
        "heading", name=f"Application {newest.number} is submitted"
    ).is_visible()
    assert (newest.medium, str(newest.total.amount)) == ("paper", "1000.00")
    assert refused == []  # the content security policy blocks nothing of ours
    page.context.close()


def test_without_javascript_the_same_journey_works(chromium, live_server, story):
    context = signed_in(
        chromium, live_server, story.user, java_script_enabled=False, locale="en-US"
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/console/invoices/new/?method=month")
    page.get_by_role("checkbox", name="Select 2026-02").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("General paper invoice").check()
    page.get_by_role("button", name="Update the preview").click()
    page.get_by_role("button", name="Submit application").click()
    assert page.url.endswith("/submitted/")
    assert InvoiceApplication.objects.latest("pk").medium == "paper"
    page.get_by_text("Theme", exact=True).click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()


def test_nothing_sticks_out_on_a_small_screen(chromium, live_server, story):
    context = signed_in(chromium, live_server, story.user, viewport=NARROW, locale="zh-CN")
    page = context.new_page()
    wide = {}
    for path in pages(story):
        page.goto(live_server.url + path)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        cut = page.evaluate(
            "[...document.querySelectorAll('.cards-on-phone')]"
            ".filter((t) => t.scrollWidth > t.parentElement.clientWidth).length"
        )
        if over > 0 or cut:
            wide[path] = (over, cut)
    assert wide == {}
    context.close()


@pytest.mark.parametrize(
    ("theme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})]
)
def test_axe_finds_nothing(chromium, live_server, story, theme, rules):
    """The themes differ in colours only: the dark one is asked about contrast alone."""
    from axe_playwright_python.sync_playwright import Axe

    context = signed_in(chromium, live_server, story.user, color_scheme=theme, locale="en-US")
    page, axe, found = context.new_page(), Axe(), {}
    for path in pages(story):
        page.goto(live_server.url + path)
        results = axe.run(page, options=rules).response["violations"]
        if results:
            found[path] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in results]
    context.clear_cookies()
    page.goto(f"{live_server.url}/console/login/")
    if login := axe.run(page, options=rules).response["violations"]:
        found["login"] = [violation["id"] for violation in login]
    assert found == {}
    context.close()
