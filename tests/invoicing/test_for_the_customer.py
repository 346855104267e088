"""What the customer can only ask for on a ticket, staff do for it: cancel, have an invoice credited (B17)."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import Membership, OutboxMessage, User
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.services.crediting import requests
from invoicing.services.reviewing import deciding
from invoicing.services.reviewing.application_actions import ACTIONS
from tests.builders import at, make_reviewer, make_story
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-20 12:00")


@pytest.fixture
def story():
    made = make_story("standard")
    made.recharge("100.00", "2026-03-01 09:00")
    made.order("60.00", "2026-03-01 10:00")
    return made


def decider(name="decider") -> User:
    user = make_reviewer(name)
    user.user_permissions.add(Permission.objects.get(codename="decide_credit"))
    return User.objects.get(pk=user.pk)


def cancel(application, by, reason="Ticket T-00000007"):
    return deciding.cancel(application=application, by=by, reason=reason, at=NOON)


def told(topic):
    return OutboxMessage.objects.filter(topic=topic).values_list("channel", flat=True)


def test_an_approved_application_is_cancelled_for_the_customer(story):
    asked, reviewer = story.ask("2026-03-20 09:00", amount="60.00"), make_reviewer()
    deciding.approve(application=asked, reviewer=None, at=at("2026-03-20 10:00"))
    cancelled = cancel(asked, reviewer)
    assert cancelled.status == "withdrawn"
    change = cancelled.changes.latest("pk")
    assert (change.actor, change.reason) == (reviewer, "Ticket T-00000007")
    assert list(told("application_taken_back"))
    again = story.ask("2026-03-20 13:00", amount="60.00")  # its amount is open again
    assert again.status == "pending_approval"


def test_one_that_a_reviewer_claimed_is_cancelled_too():
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")
    order = story.order("60.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-20 09:00", method="order", sources=(order.number,))
    deciding.claim(application=asked, reviewer=make_reviewer(), at=at("2026-03-20 09:01"))
    refused(
        "claimed_by_reviewer",
        lambda: deciding.withdraw(application=asked, actor=story.user, at=NOON),
    )
    assert cancel(asked, make_reviewer("second")).status == "withdrawn"


def test_nobody_cancels_without_right_reason_or_distance_or_what_is_issued(story):
    asked, reviewer = story.ask("2026-03-20 09:00", amount="60.00"), make_reviewer()
    insider = make_reviewer("insider")
    Membership.objects.create(user=insider, customer=story.customer, role="viewer")
    refused("not_permitted", lambda: cancel(asked, story.user))
    refused("four_eyes", lambda: cancel(asked, insider))
    refused("reason_required", lambda: cancel(asked, reviewer, " "))
    story.issue(asked, "2026-03-20 11:00")
    refused("wrong_state", lambda: cancel(asked, reviewer))
    offered = ACTIONS.offered(
        "cancel_for_customer", InvoiceApplication.objects.get(), reviewer, NOON
    )
    assert (offered.allowed, offered.reason) == (False, "wrong_state")


def ask_for(story, by, key="K"):
    return requests.request_credit(
        invoice=Invoice.objects.get(application__customer=story.customer),
        reason="sales_return", actor=by, at=NOON, idempotency_key=key,
    )  # fmt: skip


def test_staff_ask_for_a_credit_and_somebody_else_decides(story):
    story.issue(story.ask("2026-03-20 09:00", amount="60.00"), "2026-03-20 10:00")
    asker, second = decider(), decider("second")
    request = ask_for(story, asker)
    assert (request.status, request.decide_at) == ("crediting", None)  # never by itself
    assert list(told("credit_asked_for_you"))
    assert requests.decide_credits(at=at("2026-03-21 12:00")) == 0
    refused(
        "four_eyes",
        lambda: requests.approve_credit(request=request, reviewer=asker, at=NOON),
    )
    note = requests.approve_credit(request=request, reviewer=second, at=NOON)
    assert note.gross.amount == -60
    assert CreditRequest.objects.get().status == "credited"


def test_the_customer_takes_back_what_staff_asked_for(story):
    story.issue(story.ask("2026-03-20 09:00", amount="60.00"), "2026-03-20 10:00")
    request = ask_for(story, decider())
    taken = requests.cancel_credit(request=request, actor=story.user, at=NOON)
    assert taken.status == "cancelled"


def test_nobody_asks_for_a_credit_without_right_or_distance(story):
    story.issue(story.ask("2026-03-20 09:00", amount="60.00"), "2026-03-20 10:00")
    insider = decider("insider")
    Membership.objects.create(user=insider, customer=story.customer, role="viewer")
    refused("not_permitted", lambda: ask_for(story, make_reviewer()))
    refused("four_eyes", lambda: ask_for(story, insider))
    refused("not_permitted", lambda: ask_for(story, None))
