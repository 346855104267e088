"""The console in a real browser: from signing in to an application that is submitted."""

import pytest

from invoicing.models import InvoiceApplication
from tests.browser.walk import WIDE, signed_in
from tests.builders import Story, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def story() -> Story:
    """A customer with a bill to invoice."""
    story = make_story("standard", "北京远帆科技有限公司")
    story.recharge("2000", "2026-01-01 09:00")
    story.bill("1060.00", "2026-02-10 09:00")
    story.order("20.00", "2026-02-11 09:00", delivered=False)
    return story


def test_from_signing_in_to_submitted(chromium, live_server, story):  # A32, A33, K10
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
    assert page.locator("[data-sum]").inner_text() == "1,060.00"
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
    assert (newest.medium, str(newest.total.amount)) == ("paper", "1060.00")
    assert refused == []  # the content security policy blocks nothing of ours
    page.context.close()


def test_without_javascript_the_same_journey_works(chromium, live_server, story):
    context = signed_in(
        chromium, live_server, story.user, java_script_enabled=False, locale="en-US"
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/console/{story.customer.code}/invoices/new/?method=month")
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


def test_b61_the_button_is_off_while_nothing_is_selected_and_no_amount_is_typed(
    chromium, live_server, story
):
    context = signed_in(chromium, live_server, story.user, locale="en-US")
    page = context.new_page()
    on = page.get_by_role("button", name="Continue", exact=True)
    for method, choice in (("order", "Select BILL"), ("month", "Select 2026-02")):
        page.goto(f"{live_server.url}/console/{story.customer.code}/invoices/new/?method={method}")
        assert on.is_disabled()
        box = page.get_by_role("checkbox", name=choice)
        box.check()
        assert on.is_enabled()
        box.uncheck()
        assert on.is_disabled()
    page.goto(f"{live_server.url}/console/{story.customer.code}/invoices/new/?method=amount")
    assert on.is_disabled()
    page.get_by_label("Amount, tax included (CNY)").fill("60.00")
    assert on.is_enabled()
    context.close()
