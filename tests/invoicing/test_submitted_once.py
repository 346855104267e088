"""One submission and one plan, sent by eight sessions at the same moment, are one application."""

import pytest

from accounts.models import CustomerAccount
from invoicing.models import InvoiceApplication
from invoicing.services.asking import applying
from tests.builders import make_story
from tests.ledger.waiting import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


@pytest.fixture
def story():
    made = make_story("standard")
    made.recharge("100.00", "2026-03-01 09:00")
    made.order("60.00", "2026-03-01 10:00")
    return made


def send(story, *keys):
    """Each session asks for the 60.00 that all of them saw, under its own key."""
    works = [lambda key=key: story.ask("2026-03-02 12:00", key, amount="60.00") for key in keys]
    return at_once(*works, waiting_for=story.customer), InvoiceApplication.objects.count()


def test_one_submission_from_eight_sessions_is_one_application(story):
    assert send(story, *["K"] * MANY) == (["done"] * MANY, 1)


def test_one_plan_under_eight_keys_is_one_application(story):
    outcomes, applications = send(story, *(f"K{n}" for n in range(MANY)))
    assert (outcomes.count("done"), len(set(outcomes)), applications) == (1, 2, 1)


def test_without_the_lock_the_database_alone_refuses_a_second_application(story, monkeypatch):
    def unlocked(ids):
        return CustomerAccount.objects.in_bulk(list(ids))

    monkeypatch.setattr(applying, "lock_customers", unlocked)
    works = [lambda: story.ask("2026-03-02 12:00", "K", amount="60.00")] * MANY
    outcomes = at_once(*works)
    assert set(outcomes) <= {
        "done",
        "IntegrityError",
        "UniqueViolation",
        "insufficient_invoiceable",
    }
    assert InvoiceApplication.objects.count() == 1
