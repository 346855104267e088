"""The page behind the second code on a document, on a stranger's phone and without JavaScript."""

import pytest

from invoicing.documents import verification
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import Invoice
from tests.builders import make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEY = "a-key-for-tests-of-thirty-two-chars"


@pytest.fixture
def address(settings, live_server) -> str:
    """The link of an issued invoice with a long title."""
    settings.VERIFICATION_BASE_URL, settings.VERIFICATION_KEY = live_server.url, KEY
    story = make_story("standard", "北京远帆科技示例信息技术服务有限公司青岛高新区第二分公司")
    story.recharge("1000", "2026-01-01 09:00")
    story.order("60.00", "2026-01-02 09:00")
    story.issue(story.ask("2026-01-04 09:00", amount="60.00"), "2026-01-04 10:00")
    snapshot = InvoiceSnapshot.from_json(Invoice.objects.get().snapshot)
    return verification.linked(snapshot, base_url=live_server.url, key=KEY).verify_url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_small_screen_works_without_javascript_and_axe_finds_nothing(
    chromium, address, theme
):
    from axe_playwright_python.sync_playwright import Axe

    small = {"width": 320, "height": 700}
    plain = chromium.new_context(viewport=small, java_script_enabled=False, locale="en-US")
    page = plain.new_page()
    page.goto(address)
    assert page.get_by_role("heading", name="This document was issued here").is_visible()
    assert page.get_by_text("¥60.00").is_visible()
    plain.close()
    scripted = chromium.new_context(viewport=small, color_scheme=theme, locale="zh-CN")
    page = scripted.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    scripted.close()
