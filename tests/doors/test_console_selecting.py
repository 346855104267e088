"""Selecting what is to be invoiced: what is shown, what is off and why, what stays selected."""

import pytest

from invoicing.models import Claim, InvoiceApplication
from tests.builders import make_story, yuan
from tests.doors.console import confirm, fields, sign_in, submit, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


@pytest.fixture
def story():
    story = make_story("standard")
    story.recharge("200000", "2026-01-01 09:00")
    return story


def test_nothing_selected_is_said(story):
    answer = confirm(sign_in(story), method="order")
    assert answer.status_code == 422
    assert "Select at least one order or bill" in text(answer)


def test_a_waiting_order_is_shown_off_with_the_reason(story):
    order = story.order("60.00", "2026-01-10 09:00", delivered=False)
    page = sign_in(story).get("invoices/new/")
    assert "Orders whose resources are still being created: once they are created" in text(page)
    assert "source" not in fields(page)
    assert order.number in text(page)


def test_a_part_invoiced_order_says_what_is_left(story):
    story.order("500.00", "2026-01-10 09:00")
    story.ask("2026-01-11 09:00", amount="300.00")
    page = text(sign_in(story).get("invoices/new/"))
    assert "300.00 applied for" in page
    assert "200.00 of 500.00" in page


def test_the_filter_stays_in_the_address_and_the_selection_with_it(story):
    first = story.order("10.00", "2026-01-10 09:00").number
    second = story.order("20.00", "2026-02-10 09:00").number
    client = sign_in(story)
    page = client.get(f"invoices/new/?method=order&first=2026-02&source={first}&q=ORD")
    shown = fields(page)
    assert shown["source"] == [first]
    assert (shown["first"], shown["q"]) == (["2026-02"], ["ORD"])
    assert f"Select {second}" in page.content.decode()
    assert f"Select {first}" not in page.content.decode()
    assert "1 selected on another page" in text(page)


def test_an_overseas_customer_is_led_to_the_bills():
    story = make_story("standard", region="SG", currency="USD")
    page = sign_in(story).get("invoices/new/")
    assert page.status_code == 200
    assert "Accounts outside mainland China receive a proforma invoice instead." in text(page)


@pytest.mark.parametrize("by", ["order", "month"])
def test_a39_an_amount_is_taken_out_of_what_was_chosen_and_the_rest_stays(story, by):
    story.order("500.00", "2026-01-10 09:00")
    second = story.order("400.00", "2026-02-10 09:00")
    client = sign_in(story)
    asked = client.get("invoices/new/?method=amount&amount=300.00")
    assert "Choose orders for it" in text(asked)
    chosen = {"source": second.number} if by == "order" else {"month": "2026-02"}
    page = client.get(f"invoices/new/?method=amount&by={by}&amount=300.00")
    assert "Choose out of what 300.00 are invoiced." in text(page)
    sent = fields(page)
    assert (sent["method"], sent["by"], sent["amount"]) == (["amount"], [by], ["300.00"])
    nothing = confirm(client, method="amount", by=by, amount="300.00")
    assert "Select at least one order or bill" in text(nothing)
    too_much = confirm(client, method="amount", by=by, amount="400.01", **chosen)
    assert "At most 400.00 can be invoiced." in text(too_much)
    submit(client, confirm(client, method="amount", by=by, amount="300.00", **chosen))
    made = InvoiceApplication.objects.get()
    assert made.total.amount == yuan("300.00")
    assert [claim.item.source for claim in Claim.objects.all()] == [second.number]
    assert second.charge.item.open == yuan("100.00")
