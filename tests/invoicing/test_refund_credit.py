"""Money back and the invoice credited in one transaction: no deficit at any commit, or nothing at all."""

import pytest

from accounts.models import Membership
from invoicing.models import CreditNote, CreditRequest, InvoiceableItem, Offset
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.crediting.after_refund import refund_and_credit
from invoicing.services.crediting.requests import cancel_credit, request_credit
from invoicing.services.deficits.undoing import undo_offset
from invoicing.services.reviewing.deciding import claim
from ledger.models import Charge, Hold, Order, Refund
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, make_reviewer, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-05 12:00")


def shop(profile="standard", amount="500.00"):
    story = make_story(profile)
    story.recharge("2000.00", "2026-03-01 09:00")
    return story, story.order(amount, "2026-03-01 10:00")


def invoiced(story, order, when="2026-03-02 10:00", medium="electronic"):
    asked = story.ask(when, method="order", sources=(order.number,), medium=medium)
    return story.issue(asked, when).invoices.get()


def give_back(order: Order, amount="200.00", reference="R1") -> Refund:
    return refund_charge(
        charge=order.charge, amount=yuan(amount), reason="refund", reference=reference, at=NOON
    )


def both(story, order, amount="200.00", reference="R1", actor=None) -> Refund:
    return refund_and_credit(
        charge=order.charge,
        give_back=lambda: give_back(order, amount, reference),
        actor=actor or story.user,
        at=NOON,
        reference=reference,
    )


def item(order) -> InvoiceableItem:
    return InvoiceableItem.objects.get(charge=order.charge)


@pytest.mark.parametrize("profile", ["standard", "alibaba", "baidu"])
def test_the_refund_and_its_credit_note_leave_no_deficit_and_hold_nothing(profile):
    story, order = shop(profile)
    invoice = invoiced(story, order)
    refund = both(story, order)
    note = CreditNote.objects.get()
    assert (refund.amount, note.gross.amount) == (yuan("200.00"), yuan("-200.00"))
    assert (note.net.amount, note.tax.amount) == (yuan("-188.68"), yuan("-11.32"))
    assert (note.invoice, note.request.reason) == (invoice, "sales_return")
    assert note.request.decided_by is None
    assert (item(order).invoiced, item(order).net) == (yuan("300.00"), yuan("0.00"))
    assert not Hold.objects.filter(lifted_at=None).exists()


def test_what_is_not_invoiced_is_eaten_first_and_only_the_rest_is_credited():
    story, order = shop()
    story.issue(story.ask("2026-03-02 10:00", amount="400.00"), "2026-03-02 11:00")
    both(story, order)
    assert CreditNote.objects.get().gross.amount == yuan("-100.00")
    both(story, order, "50.00", "R2")
    assert item(order).net == yuan("0.00")
    assert [note.gross.amount for note in CreditNote.objects.order_by("pk")] == [
        yuan("-100.00"),
        yuan("-50.00"),
    ]


def test_the_newest_invoices_are_credited_first():
    story, order = shop()
    for day in (2, 3):
        when = f"2026-03-0{day} 10:00"
        story.issue(story.ask(when, amount="250.00"), when)
    both(story, order, "300.00")
    notes = CreditNote.objects.order_by("pk")
    assert [(note.invoice.issued_at, note.gross.amount) for note in notes] == [
        (at("2026-03-03 10:00"), yuan("-250.00")),
        (at("2026-03-02 10:00"), yuan("-50.00")),
    ]


def test_nothing_is_credited_when_the_refund_opens_no_deficit():
    story, order = shop()
    both(story, order)
    assert not CreditRequest.objects.exists()
    assert item(order).open == yuan("300.00")


def test_a_deficit_there_was_before_stays():
    story, order = shop()
    invoiced(story, order)
    give_back(order, "100.00", "R0")
    both(story, order)
    assert CreditNote.objects.get().gross.amount == yuan("-200.00")
    assert item(order).deficit == yuan("100.00")


def test_new_consumption_is_not_used_up_where_it_would_have_been_offset():
    story, order = shop("baidu")
    invoiced(story, order)
    later = story.order("80.00", "2026-03-04 10:00")
    both(story, order)
    assert CreditNote.objects.get().gross.amount == yuan("-200.00")
    assert (item(later).open, item(order).net) == (yuan("80.00"), yuan("0.00"))
    assert not Offset.objects.filter(undone_at=None).exists()


def test_offsets_from_before_stay():
    story, order = shop("baidu")
    invoiced(story, order)
    give_back(order, "80.00", "R0")
    later = story.order("80.00", "2026-03-05 13:00")
    both(story, order)
    assert (item(later).offset_given, item(order).offset_received) == (yuan("80.00"),) * 2
    assert CreditNote.objects.get().gross.amount == yuan("-200.00")
    undo_offset(offset=Offset.objects.get(), actor=None, at=NOON)


def test_again_is_once():
    story, order = shop()
    invoiced(story, order)
    assert both(story, order) == both(story, order)
    assert (Refund.objects.count(), CreditNote.objects.count()) == (1, 1)
    refused("reference_conflict", lambda: both(story, order, "199.00"))


def test_refunded_before_without_a_credit_it_stays_a_deficit():
    story, order = shop()
    invoiced(story, order)
    first = give_back(order)
    assert both(story, order) == first
    assert item(order).deficit == yuan("200.00")


def not_at_once(story, order, actor=None):
    error = refused("not_credited_at_once", lambda: both(story, order, actor=actor))
    assert error.values["missing"] == yuan("200.00")


def test_paper_must_come_back_first():
    story, order = shop()
    invoiced(story, order, medium="paper")
    not_at_once(story, order)


def test_a_booked_invoice_needs_its_confirmation():
    story, order = shop()
    asked = request_credit(
        invoice=invoiced(story, order),
        reason="sales_return",
        recorded=True,
        form_number="33010226030010000017",
        actor=story.user,
        at=NOON,
        idempotency_key="K",
    )
    not_at_once(story, order)  # it is being credited
    cancel_credit(request=asked, actor=story.user, at=NOON)
    not_at_once(story, order)


def test_what_a_reviewer_has_opened_is_not_an_invoice_yet():
    story, order = shop()
    asked = story.ask("2026-03-02 10:00", method="order", sources=(order.number,))
    claim(application=asked, reviewer=make_reviewer(), at=NOON)
    not_at_once(story, order)


def test_an_application_that_gives_way_leaves_nothing_to_credit():
    story, order = shop()
    story.ask("2026-03-02 10:00", method="order", sources=(order.number,))
    both(story, order)
    assert not CreditRequest.objects.exists()
    assert item(order).open == yuan("300.00")


def test_only_whoever_handles_the_money_credits():
    story, order = shop()
    invoiced(story, order)
    reader = make_user("reader")
    Membership.objects.create(user=reader, customer=story.customer, role=Membership.Role.VIEWER)
    not_at_once(story, order, actor=reader)


def test_all_or_nothing_when_the_refund_is_refused():
    story, order = shop()
    invoiced(story, order)
    refused("over_refund", lambda: both(story, order, "500.01"))


def test_two_orders_of_one_invoice_share_what_their_refunds_credit():
    story, first = shop()
    second = story.order("300.00", "2026-03-01 11:00")
    asked = story.ask("2026-03-02 10:00", method="order", sources=(first.number, second.number))
    story.issue(asked, "2026-03-02 11:00")
    give_back(first, "50.00", "R0")
    both(story, second)
    found = invoiceable(story.customer, NOON)
    assert (found.open, found.deficit) == (yuan("0.00"), yuan("50.00"))
    assert CreditNote.objects.get().gross.amount == yuan("-200.00")
    assert Charge.objects.get(order=second).refunded == yuan("200.00")
    refused("over_refund", lambda: both(story, second, "100.01", "R2"))
