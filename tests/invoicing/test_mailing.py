"""Where paper goes: fixed for the customer once it is applied for, changed by reviewers, always logged."""

import pytest

from accounts.models import AuditRecord, Membership, OutboxMessage
from invoicing.models import InvoiceApplication
from invoicing.services.reviewing import deciding
from invoicing.services.reviewing.mailing import change_mailing_address
from tests.builders import at, make_reviewer, make_story
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 12:00")
NEW = "Wang Fang, 13900000000, 9 Harbour Road"
OLD = "Li Ming, 13800000000, 1 River Road"


def asked(medium="paper") -> tuple[object, InvoiceApplication]:
    story = make_story("baidu")
    story.recharge("100", "2026-03-01 09:00")
    order = story.order("100.00", "2026-03-01 10:00")
    kind = "special" if medium == "paper" else "general"
    return story, story.ask(
        "2026-03-02 09:00", method="order", sources=(order.number,), medium=medium, kind=kind
    )


def change(application, by, address=NEW):
    return change_mailing_address(application=application, address=address, by=by, at=NOW)


def test_a_reviewer_changes_it_and_old_and_new_are_kept():
    story, application = asked()
    reviewer = make_reviewer()
    assert application.mailing_address == OLD
    for _ in range(2):
        change(application, reviewer, f" {NEW}\n")
    application.refresh_from_db()
    assert application.mailing_address == NEW
    logged = AuditRecord.objects.get(action="mailing_address")
    assert (logged.customer, logged.actor, logged.about) == (
        story.customer, reviewer, application.number,
    )  # fmt: skip
    assert (logged.before, logged.after) == (
        {"mailing_address": OLD},
        {"mailing_address": NEW},
    )
    change(application, reviewer, OLD)
    assert AuditRecord.objects.count() == 2
    assert OutboxMessage.objects.filter(topic="address_changed").count() == 6


def test_the_customer_and_their_own_reviewer_may_not():
    story, application = asked()
    insider = make_reviewer("insider")
    Membership.objects.create(user=insider, customer=story.customer, role="viewer")
    refused("address_fixed", lambda: change(application, story.user))
    refused("four_eyes", lambda: change(application, insider))
    refused("not_permitted", lambda: change(application, make_story(name="Other Ltd").user))


def test_only_paper_that_is_still_to_be_sent_has_an_address_to_change():
    _story, electronic = asked("electronic")
    reviewer = make_reviewer()
    refused("not_permitted", lambda: change(electronic, reviewer))
    story, paper = asked()
    refused("no_address", lambda: change(paper, reviewer, "  "))
    refused("text_too_long", lambda: change(paper, reviewer, "x" * 301))
    deciding.withdraw(application=paper, actor=story.user, at=NOW)
    refused("wrong_state", lambda: change(paper, reviewer))
