"""What a credit gives back is found out by the act, the marketplace's part and later statements included."""

import pytest

from invoicing.models import CreditRequest
from invoicing.services.crediting import requests
from invoicing.services.crediting.preview import preview_approval, preview_credit
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db


def asked(story, invoice, **fields):
    return preview_credit(
        invoice=story.story.find("invoice", invoice),
        **{
            "reason": "sales_return",
            "amount": None,
            "form_number": "",
            "recorded": False,
            "certified": False,
        }
        | fields,
        actor=story.customer.memberships.get().user,
        at=story.story.now,
    )


@pytest.fixture
def story(stage):
    """190.00 of our own and 50.00 of the marketplace on one paper invoice of March."""
    story = stage("kingsoft")
    story.do("product", ref="market", tax_key="T6", marketplace=True, self_operated=True)
    story.paid_order("O1", "190.00", "2026-03-01 10:00")
    story.paid_order("O2", "50.00", product="market")
    story.do("advance", to="2026-04-04T00:00")
    story.apply("A1", method="month", months=["2026-03"], confirm_amount="240.00")
    story.issue("A1")
    return story


def test_the_marketplace_part_is_given_back_too(story):
    before = fingerprint()
    effect = asked(story, "A1/1")
    assert (str(effect.gross), str(effect.opens), str(effect.clears)) == (
        "240.00",
        "240.00",
        "0.00",
    )
    assert effect.later == []
    assert fingerprint() == before
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    story.do("receive_return", credit="CR1", forms=["invoice"])
    request = CreditRequest.objects.get()
    assert preview_approval(request=request, at=story.story.now).opens == effect.opens
    requests.approve_credit(request=request, reviewer=None, at=story.story.now)
    found = story.ask("invoiceable", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("190.00", "50.00")


def test_a_part_says_with_which_statement_it_comes(story):
    effect = asked(story, "A1/1", amount=story.application("A1").total.amount / 6)
    assert str(effect.opens) == "40.00"
    ((month, day, amount),) = effect.later
    assert (month, f"{day:%Y-%m-%d}", str(amount)) == ("2026-04", "2026-05-04", "40.00")


def test_a_deficit_that_ends_counts(story):
    story.do("refund", order="O2", amount="30.00")
    effect = asked(story, "A1/1")
    assert (str(effect.opens), str(effect.clears)) == ("210.00", "30.00")
