"""Whoever gets a refund, a deficit, an offset, a release or a hold hears of it, in words that are true (D03, D07)."""

import pytest

from accounts.models import OutboxMessage
from invoicing.models import CreditNote, Offset
from invoicing.services.crediting.after_refund import refund_and_credit
from invoicing.services.deficits import offsetting, undoing
from ledger.models import Order, Refund
from ledger.services.orders import changing, deciding, refunding
from ledger.services.payouts.holding import lift_hold, place_hold
from tests.builders import at, make_story, make_user, yuan
from tests.doors.console import NOW, sign_in, text
from tests.doors.test_console_orders import place
from tests.refusing import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock_of_doors")]


@pytest.fixture
def still_clock_of_doors(monkeypatch):
    from finance_console.kernel import clock
    from tests.doors.console import Clock

    monkeypatch.setattr(clock, "datetime", Clock)


def told(story):
    """The topics since the last time that this was asked."""
    rows = OutboxMessage.objects.filter(
        customer=story.customer, channel="email", pk__gt=_heard[-1]
    ).order_by("pk")
    _heard.append(max((row.pk for row in rows), default=_heard[-1]))
    return [row.topic for row in rows]


_heard = [0]
"""The messages that a test has read so far."""


def values_of(topic):
    return OutboxMessage.objects.filter(topic=topic).last().values


def invoiced(profile="standard"):
    """An order of 100.00 that is invoiced."""
    story = make_story(profile)
    story.recharge("1000.00", "2026-01-01 09:00")
    order = story.order("100.00", "2026-01-10 09:00")
    asked = story.ask("2026-01-11 09:00", method="order", sources=(order.number,))
    story.issue(asked, "2026-01-11 09:10")
    told(story)
    return story, order


def give_back(order, amount="40.00", reference="RF1"):
    return refunding.refund_charge(
        charge=order.charge, amount=yuan(amount), reason="refund", reference=reference, at=at("2026-01-20 09:00")
    )  # fmt: skip


def test_a_refund_of_what_was_invoiced_is_told_with_its_deficit_once():
    story, order = invoiced()
    give_back(order)
    give_back(order)
    assert told(story) == ["deficit_opened", "money_refunded"]
    assert values_of("deficit_opened") == {"number": order.number, "amount": "¥40.00"}
    assert values_of("money_refunded") == {"number": order.number, "total": "¥40.00"}


def test_an_offset_is_told_and_that_the_money_is_free_again():
    story, order = invoiced()
    give_back(order)
    story.order("60.00", "2026-02-01 09:00")
    told(story)
    offsetting.offset_now(customer=story.customer, at=NOW)
    assert sorted(told(story)) == ["deficit_ended", "offset_made"]
    assert values_of("offset_made") == {"amount": "¥40.00"}
    told(story)
    undoing.undo_offset(offset=Offset.objects.get(), actor=story.user, at=NOW)
    assert told(story) == ["offset_undone"]


def test_what_is_credited_in_the_same_act_opens_no_deficit_that_is_told():
    story, order = invoiced()
    refund_and_credit(
        charge=order.charge, give_back=lambda: give_back(order), actor=story.user, at=NOW, reference="R"
    )  # fmt: skip
    assert CreditNote.objects.count() == 1
    assert told(story) == ["money_refunded", "invoice_credited"]


def test_an_order_that_is_given_up_is_told_once():
    story = make_story("alibaba")
    story.recharge("900.00", "2026-03-01 09:00")
    placed = place(story)
    told(story)
    changing.unsubscribe(order=placed, at=NOW)
    assert told(story) == ["order_unsubscribed"]


def test_what_staff_hold_and_release_is_told_with_the_reason():
    story, staff = make_story(), make_user("cashier", is_staff=True, is_superuser=True)
    story.recharge("100.00", "2026-01-01 09:00")
    told(story)
    place_hold(
        customer=story.customer, amount=yuan("40.00"), reason="Case", source="staff:1", by=staff, at=NOW
    )  # fmt: skip
    lift_hold(customer=story.customer, source="staff:1", by=staff, at=NOW)
    assert told(story) == ["money_held", "money_released"]
    assert values_of("money_held") == {"amount": "¥40.00", "reason": "Case"}


def test_an_undo_that_the_next_minute_undoes_is_neither_offered_nor_done():
    story, order = invoiced("baidu")
    give_back(order)
    story.order("60.00", "2026-02-01 09:00")
    offset = Offset.objects.get()
    page = sign_in(story).get("deficits/")
    assert "Undo" not in text(page)
    assert "the offsets below cover what was refunded after it was invoiced" in text(page)
    refused(
        "offset_made_again",
        lambda: undoing.undo_offset(offset=offset, actor=story.user, at=NOW),
    )


def test_cash_that_staff_give_back_is_a_refund_and_no_downgrade():
    story = make_story()
    story.recharge("200.00", "2026-01-01 09:00")
    order, staff = story.order("100.00", "2026-01-10 09:00"), make_user("clerk", is_superuser=True)
    deciding.give_part_back(order=order, returned=yuan("10.00"), by=staff, at=NOW)
    deciding.give_part_back(order=order, new_price=yuan("70.00"), by=staff, at=NOW)
    made = Refund.objects.order_by("pk").values_list("reason", "amount")
    assert list(made) == [("refund", yuan("10.00")), ("downgrade", yuan("20.00"))]
    assert Order.objects.get().charge.refunded == yuan("30.00")
