"""What comes out of a printer: the page without its navigation, dark on white, and nothing cut off."""

import pytest

from tests.browser.walk import OVER, signed_in
from tests.doors.console import page_of
from tests.doors.one_of_everything import addresses, one_of_everything

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("still_clock"),
]
PAPER = {"width": 718, "height": 1047}
"""A4 less its margins, in pixels of CSS."""
PRINTED = ("invoicing:application", "ledger:bill", "ledger:order", "ledger:lot", "invoicing:credit")
TOOLS = "header.top, nav, .btn, .filters, .skip"
CUT = "one => one.scrollWidth > one.clientWidth"
INK = "getComputedStyle(document.querySelector('h1')).color"


def test_a_printed_page_has_no_navigation_is_dark_on_white_and_is_not_cut(chromium, live_server):
    story = one_of_everything()
    paths = {*addresses(story, PRINTED).values(), page_of(story, "ledger:statement")}
    window = signed_in(chromium, live_server, story.user, viewport=PAPER, color_scheme="dark")
    window.add_cookies([{"name": "theme", "value": "dark", "url": live_server.url}])
    page = window.new_page()
    page.emulate_media(media="print")
    found = {}
    for path in sorted(paths):
        page.goto(live_server.url + path)
        tools = [one for one in page.locator(TOOLS).all() if one.is_visible()]
        cut = [one for one in page.locator(".table-wrap").all() if one.evaluate(CUT)]
        labels = page.locator("thead").count() == page.locator("thead:visible").count()
        found[path] = (len(tools), len(cut), labels, page.evaluate(OVER), page.evaluate(INK))
    assert found == dict.fromkeys(paths, (0, 0, True, None, "rgb(21, 33, 31)"))
    window.close()
