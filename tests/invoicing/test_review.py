"""Reviewing: who may decide, when a customer may still withdraw, and what is given back."""

import pytest

from accounts.models import Membership, OutboxMessage
from invoicing.models import StatusChange
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from invoicing.services.reviewing.application_actions import ACTIONS
from tests.builders import at, make_reviewer, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-02 12:00")


@pytest.fixture
def reviewer():
    return make_reviewer()


def _pending(profile="baidu"):
    story = make_story(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("500.00", "2026-03-01 10:00")
    return story, story.ask("2026-03-02 11:00", amount="500.00")


def test_rejecting_gives_the_amount_back_with_a_reason(reviewer):
    story, application = _pending()
    assert invoiceable(story.customer, NOON).open == yuan("0.00")
    deciding.reject(
        application=application, reviewer=reviewer, reason="The tax ID differs.", at=NOON
    )
    application.refresh_from_db()
    assert (application.status, application.reason) == ("rejected", "The tax ID differs.")
    assert [invoice.status for invoice in application.invoices.all()] == ["dropped"]
    assert invoiceable(story.customer, NOON).open == yuan("500.00")
    messages = OutboxMessage.objects.filter(topic="application_rejected")
    assert sorted(messages.values_list("channel", flat=True)) == ["email", "inbox", "sms"]


def test_a_rejection_needs_a_reason(reviewer):
    _story, application = _pending()
    refused(
        "reason_required",
        lambda: deciding.reject(application=application, reviewer=reviewer, reason=" ", at=NOON),
    )


def test_only_reviewers_decide():
    story, application = _pending()
    for actor in (story.user, make_user("nobody"), make_user("staff", is_staff=True)):
        refused(
            "not_permitted",
            lambda actor=actor: deciding.approve(application=application, reviewer=actor, at=NOON),
        )


def test_a_reviewer_does_not_decide_for_an_account_of_their_own(reviewer):
    story, application = _pending()
    Membership.objects.create(user=reviewer, customer=story.customer, role="viewer")
    for decide in (deciding.claim, deciding.approve, lambda **k: deciding.reject(reason="no", **k)):
        refused(
            "four_eyes",
            lambda decide=decide: decide(application=application, reviewer=reviewer, at=NOON),
        )


def test_the_second_decision_is_refused(reviewer):  # R06
    _story, application = _pending()
    deciding.approve(application=application, reviewer=reviewer, at=NOON)
    refused(
        "wrong_state",
        lambda: deciding.reject(application=application, reviewer=reviewer, reason="no", at=NOON),
    )


def test_every_change_is_in_the_log_with_its_actor(reviewer):
    story, application = _pending()
    deciding.approve(application=application, reviewer=reviewer, at=NOON)
    invoices.issue_application(application=application, at=NOON)
    log = StatusChange.objects.filter(application=application).order_by("pk")
    assert list(log.values_list("before", "after", "actor")) == [
        ("", "pending_approval", story.user.pk),
        ("pending_approval", "approved", reviewer.pk),
        ("approved", "issued", None),
    ]


WINDOWS = [
    ("baidu", "pending", None),
    ("baidu", "claimed", "claimed_by_reviewer"),
    ("baidu", "approved", "wrong_state"),
    ("alibaba", "pending", None),
    ("alibaba", "approved", None),
    ("alibaba", "issued", "wrong_state"),
]


@pytest.mark.parametrize(("profile", "state", "code"), WINDOWS)
def test_a_customer_withdraws_within_the_window_of_the_profile(profile, state, code, reviewer):
    story, application = _pending(profile)
    if state == "claimed":
        deciding.claim(application=application, reviewer=reviewer, at=NOON)
    elif state != "pending":
        deciding.approve(application=application, reviewer=None, at=NOON)
    if state == "issued":
        invoices.issue_application(application=application, at=NOON)

    def withdraw():
        return deciding.withdraw(application=application, actor=story.user, at=NOON)

    action = next(
        a
        for a in ACTIONS.available(
            application.__class__.objects.get(pk=application.pk), story.user, NOON
        )
    )
    assert (action.name, action.allowed, action.reason) == ("withdraw", code is None, code or "")
    if code:
        refused(code, withdraw)
        return
    assert withdraw().status == "withdrawn"
    assert invoiceable(story.customer, NOON).open == yuan("500.00")


def test_a_stranger_does_not_withdraw():
    _story, application = _pending()
    refused(
        "not_permitted",
        lambda: deciding.withdraw(application=application, actor=make_story().user, at=NOON),
    )


def test_the_automatic_review_approves_what_matches_and_nothing_else():
    _story, matching = _pending("baidu")
    _other, differing = _pending_individual()
    assert deciding.review_automatically(at=at("2026-03-02 11:00")) == 0
    assert deciding.review_automatically(at=at("2026-03-02 11:10")) == 1
    matching.refresh_from_db()
    differing.refresh_from_db()
    assert (matching.status, differing.status) == ("approved", "pending_approval")
    assert matching.decided_by is None


def _pending_individual():
    story = make_story("baidu", kind="individual")
    story.title.type, story.title.name = "enterprise", "Example Trading Co."
    story.title.save()
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("500.00", "2026-03-01 10:00")
    return story, story.ask("2026-03-02 11:00", amount="500.00")


def test_a_claimed_application_is_not_approved_automatically(reviewer):
    _story, application = _pending()
    deciding.claim(application=application, reviewer=reviewer, at=at("2026-03-02 11:01"))
    assert deciding.review_automatically(at=at("2026-03-02 11:30")) == 0
