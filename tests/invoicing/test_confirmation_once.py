"""A confirmation of the tax channel is of one credit, whoever asks with it: eight customers at once."""

from functools import partial

import pytest

from invoicing.models import CreditRequest, Invoice
from invoicing.services.crediting import requests, rules
from tests.builders import make_story
from tests.invoicing.at_once import NOON
from tests.invoicing.paper_stage import reviewer
from tests.ledger.waiting import at_once, unkept
from tests.refusing import refused

MANY = 8


def issued() -> tuple[object, Invoice]:
    story = make_story()
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("500.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-01 11:00", method="order", sources=(order.number,))
    return story, story.issue(asked, "2026-03-01 11:30").invoices.get()


def ask(story, invoice, key="K", number="HZ01026030000123"):
    return requests.request_credit(
        invoice=invoice, reason="sales_return", recorded=True, form_number=number,
        actor=story.user, at=NOON, idempotency_key=key,
    )  # fmt: skip


def race():
    works = [partial(ask, *issued()) for _ in range(MANY)]
    return at_once(*works), CreditRequest.objects.count()


@pytest.mark.django_db(transaction=True)
class TestConfirmation:
    def test_is_of_one_credit(self):
        assert race() == (["done"] + ["form_used"] * 7, 1)

    def test_the_database_alone_keeps_it_to_one(self, monkeypatch):
        monkeypatch.setattr(rules, "require_unused", lambda *_: None)
        assert race() == (["IntegrityError"] * 7 + ["done"], 1)

    def test_without_guard_it_is_of_all(self, monkeypatch):
        monkeypatch.setattr(rules, "require_unused", lambda *_: None)
        with unkept(indexes=("credit_confirmation_once",)):
            assert race() == (["done"] * MANY, MANY)


@pytest.mark.django_db
def test_a_confirmation_of_a_refused_credit_is_free_again():
    story, invoice = issued()
    request = ask(story, invoice)
    requests.refuse_credit(request=request, reviewer=reviewer(), reason="no", at=NOON)
    assert ask(story, invoice, "K2").status == "crediting"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written", ["hz01026030000123", " HZ0102603 0000123 ", "ＨＺ01026030000123"]
)
def test_it_is_the_same_confirmation_however_it_is_typed(written):
    ask(*issued())
    refusal = refused("form_used", lambda: ask(*issued(), number=written))
    assert refusal.values == {"number": "HZ01026030000123"}  # nothing of the other customer
