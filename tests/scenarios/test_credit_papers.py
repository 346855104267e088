"""Credits that wait for the original, a form or a confirmation."""

from datetime import timedelta

import pytest

from accounts.services.customers.closing import mark_closed
from invoicing.models import CreditRequest, Invoice
from invoicing.services.crediting import originals, requests
from invoicing.services.crediting.invoice_actions import available_invoice_actions
from tests.invoicing.paper_stage import reviewer
from tests.refusing import refused
from tests.scenarios.invoiced import issued


@pytest.mark.parametrize(("profile", "kind"), [("baidu", "special"), ("kingsoft", "general")])
def test_sc_83_paper_must_come_back(stage, profile, kind):  # B19, K17, K18, K19, K20, K23, C12, C13
    story = issued(stage, profile, kind=kind, medium="paper")
    asked = story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert asked == {"status": "awaiting_original"}
    early = story.refused("decide_credit", credit="CR1", approve=True)
    assert (early["refused"], story.open()) == ("wrong_state", "0.00")
    collect = story.refused(
        "receive_return", credit="CR1", forms=["invoice", "deduction"], freight_collect=True
    )
    assert collect["refused"] == "freight_collect"
    if kind == "special":
        half = story.refused("receive_return", credit="CR1", forms=["invoice"])
        assert half["refused"] == "forms_incomplete"
    came = story.do("receive_return", credit="CR1", forms=["invoice", "deduction"])
    assert came == {"status": "crediting"}
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"
    assert story.open() == "500.00"


@pytest.mark.parametrize("profile", ["baidu", "kingsoft"])
def test_sc_83_the_original_may_come_before_the_request(stage, profile):
    story = issued(
        stage, profile, kind="special" if profile == "baidu" else "general", medium="paper"
    )
    arrived = originals.receive_original(
        invoice=story.story.find("invoice", "A1/1"),
        forms=["invoice", "deduction"],
        freight_collect=False,
        actor=None,
        at=story.story.now,
    )
    assert arrived.request is None  # it awaits the online application
    assert (story.ask("invoice", invoice="A1/1")["status"], story.open()) == ("issued", "0.00")
    asked = story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert asked == {"status": "crediting"}
    story.do("decide_credit", credit="CR1", approve=True)
    assert story.open() == "500.00"


def test_d13_a_return_that_ends_after_closing_is_credited_and_its_amount_lapses(stage):
    story = issued(stage, "baidu", kind="special", medium="paper")
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="sales_return")
    mark_closed(story.customer, by=None, reason="", at=story.story.now)
    story.do("receive_return", credit="CR1", forms=["invoice", "deduction"])
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"
    assert story.ask("invoice", invoice="A1/1")["status"] == "credited"
    lapsed = story.refused("apply", ref="A2", account="acme", method="order", orders=["O1"])
    assert lapsed["refused"] == "account_closed"


def test_k21_a_certified_special_invoice_needs_the_form(stage):  # C14
    story = issued(stage, "baidu", kind="special", medium="paper")
    ask = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "certified": True}
    assert story.refused("request_credit", **ask)["refused"] == "form_required"
    story.do("request_credit", **ask, form_number="3301026030000123")


def test_sc_85_a_recorded_special_invoice_needs_its_confirmation(stage):  # C14, D16
    story = issued(stage, "alibaba", kind="special")
    ask = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "recorded": True}
    assert story.refused("request_credit", **ask)["refused"] == "form_required"
    form = "33010226030010000017"
    part = story.refused("request_credit", **ask, form_number=form, amount="100.00")
    assert part["refused"] == "full_credit_only"
    story.do("request_credit", **ask, form_number=form)
    start = story.story.now
    story.do("advance", to=(start.replace(day=start.day + 3)).isoformat())
    assert story.ask("invoice", invoice="A1/1")["status"] == "issued"
    topics = [row["topic"] for row in story.ask("messages", account="acme")["messages"]]
    assert topics.count("credit_expired") == 3
    late = story.refused("decide_credit", credit="CR1", approve=True)
    assert late["refused"] == "wrong_state"


def test_sc_85_once_the_72_hours_are_over_nothing_offers_to_credit_even_before_the_sweep(stage):
    story = issued(stage, "alibaba", kind="special")
    story.do(
        "request_credit", ref="CR1", invoice="A1/1", reason="sales_return", recorded=True,
        form_number="33010226030010000017",
    )  # fmt: skip
    invoice, request = Invoice.objects.get(), CreditRequest.objects.get()
    by, moment = reviewer(), request.confirm_by - timedelta(seconds=1)
    assert offers(invoice, by, moment) == {"approve_credit", "refuse_credit"}
    assert offers(invoice, by, request.confirm_by) == {"refuse_credit"}
    refusal = refused(
        "wrong_state",
        lambda: requests.approve_credit(request=request, reviewer=by, at=request.confirm_by),
    )
    assert refusal.values == {"state": "Not confirmed in time"}
    requests.expire_confirmations(at=request.confirm_by)
    invoice.refresh_from_db()
    assert offers(invoice, by, request.confirm_by) == {"credit_for_customer"}  # anew, on a ticket
    clerk = story.customer.users.get()
    assert "request_credit" in offers(invoice, clerk, request.confirm_by)


def offers(invoice, actor, moment):
    """The actions that are allowed."""
    found = available_invoice_actions(invoice, actor, moment)
    return {action.name for action in found if action.allowed}


def test_the_72_hours_of_a_booked_paper_invoice_begin_when_its_original_is_back(stage):
    story = issued(stage, "baidu", kind="special", medium="paper")
    asked = {"ref": "CR1", "invoice": "A1/1", "reason": "sales_return", "recorded": True}
    story.do("request_credit", **asked, form_number="3301026030000123")
    week = (story.story.now + timedelta(days=7)).isoformat()
    story.do("receive_return", week, credit="CR1", forms=["invoice", "deduction"])
    story.do("advance", to=(story.story.now + timedelta(hours=71)).isoformat())
    assert story.do("decide_credit", credit="CR1", approve=True)["status"] == "credited"
