"""Closing an account: what is left is shown, what is in work ends first or goes on, and it is for good."""

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction

from accounts.models import AuditRecord, CustomerAccount, Membership, OutboxMessage, User
from accounts.services import recipients
from accounts.services.customers.closing import mark_closed
from accounts.services.requests import certifying
from finance_console.doors import addresses
from invoicing.models import AutoInvoicing
from invoicing.presenters.closing import checklist_rows
from invoicing.queries.closing import checklist
from invoicing.services.auto import settings
from invoicing.services.closing import close_account
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from invoicing.services.titles import keeping
from ledger.services.payouts import withdrawing
from tests.builders import at, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 09:00")


def make_operator(name="operator") -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_customeraccount"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def story():
    """1,000.00 recharged, 700.00 consumed and open."""
    story = make_story("alibaba")
    story.recharge("1000", "2026-03-01 09:00")
    story.order("700.00", "2026-03-01 10:00")
    return story


def switch_on(story):
    settings.enable(
        customer=story.customer, title=story.title, kind="general", medium="electronic",
        recipient_email="", at=NOW,
    )  # fmt: skip


def test_the_checklist_shows_everything_that_closing_ends(story):
    switch_on(story)
    found = checklist(story.customer, NOW)
    assert (found.open, found.deficit, found.funds["cash"]) == (700, 0, 300)
    assert (found.unfinished, found.left_behind, found.auto_invoicing) == ([], True, True)
    story.ask("2026-03-02 09:00", amount="200.00")
    story.use("1.00", "2026-03-02 09:00")
    withdrawing.request_withdrawal(
        customer=story.customer, amount=yuan("10"), idempotency_key="W", by=None, at=NOW
    )
    later = checklist(story.customer, NOW)
    assert later.unfinished == ["pending applications", "withdrawals"]
    assert [(row.reason, row.amount) for row in later.waiting] == [("bill_not_generated", 1)]
    assert later.open == 500
    assert later.token != found.token


def test_closing_switches_auto_invoicing_off_is_logged_and_told(story):
    switch_on(story)
    seen = checklist(story.customer, NOW).token
    for _ in range(2):
        close_account(customer=story.customer, by=story.user, seen=seen, at=NOW)
    customer = CustomerAccount.objects.get()
    assert (customer.status, customer.closed_at) == ("closed", NOW)
    auto = AutoInvoicing.objects.get()
    assert (auto.enabled, auto.paused_at, auto.pause_reason) == (False, NOW, "account_closed")
    logged = AuditRecord.objects.get(action="account_closed")
    assert (logged.action, logged.about, logged.actor) == (
        "account_closed", customer.code, story.user,
    )  # fmt: skip
    assert OutboxMessage.objects.filter(topic="account_closed").count() == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditRecord.objects.update(action="nothing")
    with pytest.raises(DatabaseError), transaction.atomic():
        CustomerAccount.objects.update(status="active")


def test_a_customer_finishes_what_is_in_work_first(story):
    story.ask("2026-03-02 09:00", amount="200.00")
    refusal = refused(
        "closing_unfinished",
        lambda: close_account(customer=story.customer, by=story.user, at=NOW),
    )
    assert refusal.values == {"what": "pending applications"}


@pytest.fixture
def covered(story):
    """The account's consumption is applied for by the account that manages it."""
    manager = make_story("alibaba", "Group Ltd")
    story.customer.parent = manager.customer
    story.customer.save()
    return manager.ask("2026-03-02 08:00", amount="200.00", members=(story.customer.pk,))


def test_a40_a_member_waits_for_what_its_managing_account_applied_for(story, covered):
    refusal = refused("closing_covered", lambda: close(story))
    assert refusal.values == {"manager": "Group Ltd", "numbers": covered.number}
    deciding.approve(application=covered, reviewer=None, at=NOW)
    refused("closing_covered", lambda: close(story))
    invoices.issue_application(application=covered, at=NOW)
    assert close(story).is_closed


def close(story):
    return close_account(customer=story.customer, by=story.user, at=NOW)


def test_staff_close_a_member_and_what_its_managing_account_asked_for_goes_on(story, covered):
    seen = checklist(story.customer, NOW)
    assert (seen.unfinished, seen.covering) == ([], [covered])
    with addresses.nowhere():
        addresses.enter(story.customer.code)
        stops = [row for row in checklist_rows(seen, "CNY") if row.state == "stop"]
    assert [(row.words, row.value) for row in stops] == [
        ("Applications of the managing account for this one", covered.number)
    ]
    close_account(customer=story.customer, by=make_operator(), reason="Court order", at=NOW)
    deciding.approve(application=covered, reviewer=None, at=NOW)
    assert invoices.issue_application(application=covered, at=NOW).status == "issued"


def test_a_member_that_no_application_covers_closes_while_others_are_applied_for(story, covered):
    other = make_story("alibaba", "Second Ltd")
    other.customer.parent = covered.customer
    other.customer.save()
    assert checklist(other.customer, NOW).covering == []
    assert close(other).is_closed


def test_closing_is_refused_when_the_list_changed_since_it_was_seen(story):
    seen = checklist(story.customer, NOW).token
    story.order("50.00", "2026-03-02 08:00")
    refused(
        "changed_meanwhile",
        lambda: close_account(customer=story.customer, by=story.user, seen=seen, at=NOW),
    )


def test_staff_close_with_a_reason_and_what_is_in_work_goes_on(story):
    application = story.ask("2026-03-02 08:00", amount="200.00")
    operator = make_operator()
    refused(
        "explanation_required",
        lambda: close_account(customer=story.customer, by=operator, at=NOW),
    )
    close_account(customer=story.customer, by=operator, reason="Court order", at=NOW)
    assert AuditRecord.objects.get(action="account_closed").after == {
        "status": "closed",
        "reason": "Court order",
    }
    deciding.approve(application=application, reviewer=None, at=NOW)
    assert invoices.issue_application(application=application, at=NOW).status == "issued"
    asked = withdrawing.request_withdrawal(
        customer=story.customer, amount=yuan("300"), idempotency_key="W", by=story.user, at=NOW
    )
    assert asked.status == "requested"


def test_only_the_customer_or_staff_who_are_strangers_close(story):
    operator, viewer = make_operator(), make_user("viewer")
    Membership.objects.create(user=viewer, customer=story.customer, role="viewer")
    Membership.objects.create(user=operator, customer=story.customer, role="viewer")
    for person, code in ((viewer, "not_permitted"), (operator, "four_eyes")):
        refused(
            code,
            lambda person=person: close_account(
                customer=story.customer, by=person, reason="x", at=NOW
            ),
        )


def test_a_closed_account_asks_for_nothing_more(story):
    mark_closed(story.customer, by=None, reason="", at=NOW)
    acts = {
        "apply": lambda: story.ask("2026-03-02 10:00", amount="1.00"),
        "auto-invoicing": lambda: switch_on(story),
        "order": lambda: story.order("1.00", "2026-03-02 10:00"),
        "certify": lambda: certifying.certify(
            customer=story.customer, kind="enterprise", name="New", tax_id="X", at=NOW
        ),
        "title": lambda: keeping.save_title(
            customer=story.customer,
            fields={"type": "enterprise", "name": "New"},
            is_default=True,
            by=story.user,
            at=NOW,
        ),
        "email": lambda: recipients.add_email(
            customer=story.customer, email="a@b.example", is_default=False
        ),
    }
    for _name, act in acts.items():
        refused("account_closed", act)
