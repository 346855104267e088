"""Before staff give money back for an order, the page says what that does to money and invoices."""

import pytest

from ledger.models import Order
from ledger.queries.balances import fund_balances, withdrawable
from ledger.services.orders import paying
from tests.builders import at, make_story, yuan
from tests.doors.admin_data import checksum, observer
from tests.doors.console import fields, text
from tests.doors.test_admin_orders import LIST, clerk, client_of, preview, said
from tests.doors.test_console_orders import place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def rows(page):
    """Words, now, difference and afterwards of each line."""
    return {str(one.before.words): one.cells for one in page.context["changes"]}


def invoiced(profile="standard"):
    """An order of 600.00, all of it invoiced."""
    story = make_story(profile)
    story.recharge("700.00", "2026-03-01 09:00")
    placed = story.order("600.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-02 10:00", method="order", sources=(placed.number,))
    story.issue(asked, "2026-03-02 11:00")
    return story, placed


def test_what_is_not_invoiced_opens_no_deficit():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    story.grant("coupon", "10.00", "2026-03-01 09:00")
    placed = story.order("60.00", "2026-03-02 10:00", delivered=False)
    client, before = client_of(clerk()), checksum()
    page = preview(client, placed, "fail")
    assert rows(page) == {
        "Cash": ("50.00", "+50.00", "100.00"),
        "Coupons": ("0.00", "+10.00", "10.00"),
        "Can be withdrawn": ("50.00", "+50.00", "100.00"),
        "Can be invoiced": ("50.00", "−50.00", "0.00"),
        "Deficits": ("0.00", "", "0.00"),
    }
    assert "No deficit opens, and nothing that was applied for changes." in text(page)
    assert checksum() == before
    url = f"{LIST}{placed.pk}/do/fail/"
    assert said(client.post(url, fields(page))).endswith("The money is back on the balance.")
    assert fund_balances(story.customer)["coupon"] == yuan("10.00")


def test_the_deficit_and_what_it_holds_back_are_foretold():
    story, placed = invoiced()
    client, before = client_of(clerk()), checksum()
    page = preview(client, placed, "return", "150.00")
    assert rows(page) == {
        "Cash": ("100.00", "+150.00", "250.00"),
        "Can be withdrawn": ("100.00", "", "100.00"),
        "Can be invoiced": ("0.00", "", "0.00"),
        "Deficits": ("0.00", "+150.00", "150.00"),
        "Held back until deficits end": ("0.00", "+150.00", "150.00"),
    }
    shown = text(page)
    assert "Give 150.00 back for" in shown
    assert "A deficit opens or grows: more is invoiced or applied for than stays consumed." in shown
    assert checksum() == before
    client.post(f"{LIST}{placed.pk}/do/return/", fields(page))
    assert withdrawable(story.customer).available == yuan("100.00")


def test_a_pending_application_that_gives_way_is_foretold():
    story = make_story("standard")
    story.recharge("600.00", "2026-03-01 09:00")
    placed = story.order("600.00", "2026-03-01 10:00")
    story.ask("2026-03-02 10:00", method="order", sources=(placed.number,))
    page = preview(client_of(clerk()), placed, "price", "500.00")
    assert rows(page)["Applied for, of this order"] == ("600.00", "−600.00", "0.00")
    assert rows(page)["Can be invoiced"] == ("0.00", "+500.00", "500.00")
    assert rows(page)["Deficits"] == ("0.00", "", "0.00")
    assert "it is cancelled, and the customer is told to apply again for the rest" in text(page)


def test_an_order_that_was_invoiced_meanwhile_is_shown_again_before_anything_is_given_back():
    story = make_story("standard")
    story.recharge("600.00", "2026-03-01 09:00")
    placed = story.order("600.00", "2026-03-01 10:00")
    client = client_of(clerk())
    seen = fields(preview(client, placed, "return", "100.00"))
    asked = story.ask("2026-03-02 10:00", method="order", sources=(placed.number,))
    story.issue(asked, "2026-03-02 11:00")
    before = checksum()
    answer = client.post(f"{LIST}{placed.pk}/do/return/", seen)
    assert "Something changed since you looked." in said(answer)
    assert checksum() == before


def test_whose_money_and_whose_invoices_is_said_where_an_agent_paid():
    agent, user = make_story("alibaba", "Agent Ltd"), make_story("alibaba", "Shop Ltd")
    agent.recharge("60.00", "2026-03-01 09:00")
    placed = paying.pay_order(
        number="ORD-9",
        customer=user.customer,
        payer=agent.customer,
        amount=yuan("60.00"),
        tax_category=agent.key,
        at=at("2026-03-02 10:00"),
    )
    page = preview(client_of(clerk()), placed, "fail")
    assert {one.before.whose for one in page.context["changes"]} == {"Agent Ltd"}


def test_staff_unsubscribe_for_the_customer():
    story = make_story("alibaba")
    story.recharge("700.00", "2026-03-01 09:00")
    placed = place(story)
    client = client_of(clerk())
    page = preview(client, placed, "unsubscribe")
    assert "Unsubscribe ORD-1?" in text(page)
    assert rows(page)["Cash"] == ("400.00", "+110.00", "510.00")
    said_so = said(client.post(f"{LIST}{placed.pk}/do/unsubscribe/", fields(page)))
    assert said_so == "ORD-1 is unsubscribed."
    assert Order.objects.get().status == "unsubscribed"


def test_only_with_the_right_and_only_by_reading():
    _story, placed = invoiced()
    looking, client, before = client_of(observer()), client_of(clerk()), checksum()
    assert preview(looking, placed, "return", "1.00").status_code == 403
    assert preview(client, placed, "melt").status_code == 404
    assert client.post(f"{LIST}{placed.pk}/preview/return/").status_code == 405
    refused = preview(client, placed, "return", "600.01")
    assert "At most 600.00" in said(refused)
    assert checksum() == before
    assert Order.objects.get().status == "delivered"
