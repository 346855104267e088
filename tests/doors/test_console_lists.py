"""Lists stay quick: as many queries for 60 rows as for 3, and pages that continue below the last row."""

import pytest

from accounts.messages.outbox import enqueue, relay
from tests.builders import at, make_story
from tests.doors.console import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
PAGES = {
    "": 33,
    "statement/": 12,  # one for each kind of document that movements name
    "funds/": 12,
    "orders/": 6,
    "bills/": 6,
    "invoices/new/": 19,
    "invoices/new/?method=month": 16,
    "applications/": 10,
    "inbox/": 9,
    "auto-invoicing/": 7,
}


def filled(rows):
    story = make_story("standard")
    story.recharge("100000", "2026-01-01 09:00")
    for number in range(rows):
        story.order("10.00", "2026-01-02 09:00")
        story.bill("5.00", "2026-01-03 09:00")
        story.ask("2026-01-04 09:00", amount="1.00")
        enqueue(
            customer=story.customer,
            topic="bill_unsettled",
            about=str(number),
            values={"bill": f"B-{number}", "total": "5.00"},
            at=at("2026-01-05 09:00"),
        )
    while relay(at=at("2026-01-06 09:00")):
        pass
    return story


@pytest.mark.parametrize("rows", [3, 60])
def test_lists_ask_a_bounded_number_of_queries(rows, django_assert_max_num_queries):
    client = sign_in(filled(rows))
    for url, limit in PAGES.items():
        with django_assert_max_num_queries(limit):
            assert client.get(url).status_code == 200


def test_pages_continue_without_gap_or_repetition():
    story = make_story("standard")
    story.recharge("100000", "2026-01-01 09:00")
    numbers = [story.order("10.00", "2026-01-02 09:00").number for _ in range(45)]
    client, url, seen = sign_in(story), "orders/", []
    while url:
        page = client.get(url).context["page"]
        seen += [order.number for order in page.rows]
        url = f"orders/?before={page.older}" if page.older else ""
    assert seen == numbers[::-1]


def test_nonsense_in_the_address_shows_the_first_page():
    story = make_story("standard")
    client = sign_in(story)
    for query in (
        "before=x",
        "before=-1",
        "before=9" * 9,
        "entity=x&first=2026-13&last=x",
    ):
        assert client.get(f"orders/?{query}").status_code == 200
        assert client.get(f"invoices/new/?{query}").status_code == 200
        assert client.get(f"invoices/new/?method=month&{query}").status_code == 200


def test_the_chart_draws_amounts_to_scale():
    from decimal import Decimal

    from invoicing.presenters.chart import BOTTOM, TOP, chart

    drawn = chart({"2026-01": (Decimal("60"), Decimal("40")), "2026-02": (Decimal(0), Decimal(0))})
    full = drawn.bars[0]
    assert (full.upper_y, full.lower_height) == (TOP, (BOTTOM - TOP) * Decimal("0.6"))
    assert [line.short for line in drawn.grid] == ["0", "25", "50", "75", "100"]
    assert full.total == Decimal(100)
    assert chart({"2026-01": (Decimal(0), Decimal(0))}).is_empty
