"""Asking while refunds of invoiced orders are not offset: the sum shown, the amount typed, the offset alone."""

from decimal import Decimal

import pytest

from invoicing.domain import profiles
from invoicing.models import InvoiceApplication, Offset
from invoicing.queries.askable import askable
from invoicing.queries.invoiceable import invoiceable
from invoicing.queries.policies import policy_of
from invoicing.services.asking import offset_alone
from invoicing.services.asking.offering import offered
from invoicing.services.asking.previewing import preview
from invoicing.services.asking.terms import Ask
from invoicing.services.deficits import offsetting
from ledger.services.orders import refunding
from tests.builders import at, make_key, make_story, yuan
from tests.doors.console import confirm, fields, sign_in, submit, text
from tests.refusing import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
NEW = "invoices/new/"
NOW = at("2026-03-20 12:00")
OFFSET = "deficits/offset/"


def owing(profile: str, back: str = "200.00"):
    """An order that was invoiced and refunded by `back` afterwards."""
    story = make_story(profile)
    story.recharge("5000.00", "2026-01-01 09:00")
    order = story.order("1200.00", "2026-01-10 09:00")
    story.issue(story.ask("2026-01-11 09:00", amount="1200.00"), "2026-01-11 09:10")
    refunding.refund_charge(
        charge=order.charge,
        amount=yuan(back),
        reason="refund",
        reference="RF1",
        at=at("2026-01-20 09:00"),
    )
    return story


@pytest.fixture
def by_hand():
    profiles.register(profiles.variant("standard", "by hand", {"offset_timing": "manual"}))
    yield "by hand"
    profiles.forget("by hand")


@pytest.mark.parametrize("profile", ["standard", "alibaba"])
def test_d21_the_page_shows_the_sum_and_all_of_it_can_be_used(profile):
    story = owing(profile)
    story.order("500.00", "2026-02-01 09:00")
    client = sign_in(story)
    page = text(client.get(f"{NEW}?method=amount"))
    assert "500.00 open − 200.00 offset = 300.00" in page
    assert "Use all of 300.00" in page
    refusal = confirm(client, method="amount", amount="300.01")
    assert "At most 300.00 can be invoiced. That is 0.01 less than you entered." in text(refusal)
    submit(client, confirm(client, method="amount", amount="300.00"))
    made = InvoiceApplication.objects.latest("pk")
    assert (made.total.amount, made.offset_total) == (yuan("300.00"), yuan("200.00"))
    assert invoiceable(story.customer, NOW).available == 0


def test_d21_a_part_leaves_the_rest():
    story = owing("standard")
    story.order("500.00", "2026-02-01 09:00")
    made = story.ask("2026-02-02 09:00", amount="100.00")
    assert (made.total.amount, made.offset_total) == (yuan("100.00"), yuan("200.00"))
    left = askable((story.customer,), policy_of(story.customer), NOW)
    assert (left.total, left.open, left.deficit) == (yuan("200.00"), yuan("200.00"), 0)


def test_b40_a_selection_that_a_deficit_eats_whole_is_offset_alone():
    story = owing("standard")
    order = story.order("150.00", "2026-02-01 09:00")
    story.order("80.00", "2026-02-01 09:00")
    client = sign_in(story)
    second = story.order("200.00", "2026-02-02 09:00")
    page = confirm(client, method="order", source=second.number)
    assert page.status_code == 200
    assert "Offset without an invoice" in text(page)
    assert "The smallest amount" not in text(page)
    sent = fields(page)
    assert sent["source"] == [second.number]
    answer = client.post(OFFSET, sent, follow=True)
    assert "Offset: 200.00." in text(answer)
    pair = Offset.objects.get()
    assert (pair.item.source, pair.amount, pair.application) == (second.number, 200, None)
    assert order.charge.item.open == yuan("150.00")
    again = client.post(OFFSET, sent, follow=True)
    assert "Offset: 200.00." not in text(again)  # the second answer is the first one's
    assert Offset.objects.count() == 1


def test_nothing_but_an_offset_is_submitted_as_no_application_and_offered_as_an_action():
    story = owing("standard")
    order = story.order("200.00", "2026-02-01 09:00")
    ask = Ask(method="order", sources=(order.number,))
    error = refused("nothing_but_offset", lambda: story.ask("2026-02-02 09:00", **_of(ask)))
    assert error.values["offset"] == yuan("200.00")
    actions = offered(customer=story.customer, at=NOW)
    assert [(one.name, one.allowed, one.reason) for one in actions] == [
        ("apply", False, "nothing_but_offset"),
        ("offset", True, ""),
    ]
    page = text(sign_in(story).get(f"{NEW}?method=amount"))
    assert "All of it, 200.00, goes into earlier refunds" in page
    seen = preview(customer=story.customer, ask=ask, at=NOW)
    offsetting.offset_now(customer=story.customer, at=NOW)
    refused(
        "insufficient_invoiceable",
        lambda: offset_alone.offset_selected(
            customer=story.customer, ask=ask, at=NOW, actor=story.user, plan_hash=seen.token
        ),
    )


def _of(ask: Ask) -> dict[str, object]:
    return {"method": ask.method, "sources": ask.sources}


def test_an_offset_is_made_of_what_was_seen_only():
    story = owing("standard")
    order = story.order("200.00", "2026-02-01 09:00")
    ask = Ask(method="order", sources=(order.number,))
    refused(
        "plan_changed",
        lambda: offset_alone.offset_selected(
            customer=story.customer, ask=ask, at=NOW, actor=story.user, plan_hash="0:0.00"
        ),
    )
    stranger = make_story("standard", "Other Ltd")
    seen = preview(customer=story.customer, ask=ask, at=NOW)
    refused(
        "not_permitted",
        lambda: offset_alone.offset_selected(
            customer=story.customer, ask=ask, at=NOW, actor=stranger.user, plan_hash=seen.token
        ),
    )


def test_d07_by_hand_means_that_the_page_says_so_and_what_unlocks_it(by_hand):
    story = owing(by_hand)
    story.order("500.00", "2026-02-01 09:00")
    client = sign_in(story)
    page = text(client.get(f"{NEW}?method=amount"))
    assert "500.00 open − 500.00 held back by refunds = 0.00" in page
    assert "Offsets are made by hand here: make them first, then ask again." in page
    names = [one.name for one in offered(customer=story.customer, at=NOW)]
    assert names == ["apply", "offset"]
    client.post(OFFSET)
    assert "Use all of 300.00" in text(client.get(f"{NEW}?method=amount"))


@pytest.mark.parametrize("method", ["amount", "order", "month"])
def test_b62_another_key_does_not_help_and_the_page_names_the_two_ways_out(method):
    story = owing("baidu")
    other = make_key(story.key.entity, "0.06", "3040299000000000000", "技术支持")
    story.order("500.00", "2026-02-01 09:00", other)
    client = sign_in(story)
    for address in ("", f"{NEW}?method={method}"):
        page = client.get(address)
        words = text(page)
        assert "200.00 of 云服务 was refunded after it was invoiced" in words
        assert "Have that invoice credited, or buy more under the same tax code." in words
        assert "Select at least" not in words
        assert "disabled" in page.content.decode()
    assert "500.00 open − 500.00 held back by refunds = 0.00" in words
    assert "300.00" not in words


def test_b62_more_of_the_same_key_that_is_not_selected_is_asked_for():
    story = owing("standard", "200.00")
    first = story.order("150.00", "2026-02-01 09:00")
    story.order("500.00", "2026-02-01 09:00")
    answer = confirm(sign_in(story), method="order", source=first.number)
    assert "Select at least 50.00 more under 云服务 to offset it." in text(answer)


def test_what_the_overview_calls_invoiceable_can_be_asked_for_to_the_cent():
    story = owing("baidu")
    other = make_key(story.key.entity, "0.06", "3040299000000000000", "技术支持")
    story.order("500.00", "2026-02-01 09:00", other)
    words = text(sign_in(story).get(""))
    assert "Refunds that nothing open offsets yet 200.00" in words
    assert "Held back until they are covered −500.00" in words
    found = askable((story.customer,), policy_of(story.customer), NOW)
    assert (found.open, found.blocked, found.total) == (yuan("500.00"), yuan("500.00"), Decimal(0))
