"""What stands beside the main road of a story, and that a story can say what the console can do."""

import pytest

from finance_console.simulation.runner import language
from tests.scenarios.invoiced import issued
from tests.scenarios.stage import Stage

pytestmark = pytest.mark.django_db
SAID_BY = {
    "accounts:certify": "certify",
    "accounts:change_name": "certify",
    "accounts:ticket_new": "ticket",
    "accounts:ticket_write": "ticket",
    "accounts:ticket_close": "close_ticket",
    "ledger:redeem": "redeem",
    "ledger:recharge_pay": "payment",
    "ledger:renew": "renew",
    "ledger:withdraw": "withdraw",
    "ledger:member_transfer": "member_transfer",
    "invoicing:unsubscribe": "unsubscribe",
    "invoicing:confirm": "apply",
    "invoicing:withdraw": "cancel",
    "invoicing:received": "receive",
    "invoicing:get_proforma": "proforma",
    "invoicing:get_order_proforma": "proforma",
    "invoicing:proforma_confirm": "proforma",
    "invoicing:credit_ask": "request_credit",
    "invoicing:credit_cancel": "cancel_credit",
    "invoicing:reissue": "reissue",
    "invoicing:offset": "offset",
    "invoicing:offset_undo": "undo_offset",
    "invoicing:close_account": "close_account",
    "invoicing:title_add": "title",
    "invoicing:title_apply": "apply_title",
    "invoicing:email_add": "email",
    "invoicing:address_add": "address",
    "invoicing:auto_on": "auto_invoicing",
    "invoicing:auto_off": "auto_invoicing",
    "invoicing:auto_again": "catch_up",
}


@pytest.fixture
def stage():
    made = []

    def make(*arguments, **account):
        made.append(Stage(*arguments, **account))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_what_the_console_does_has_a_verb():
    assert set(SAID_BY.values()) <= set(language.VERBS)


def test_a_credit_is_taken_back(stage):
    story = issued(stage, "standard")
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="issue_error")
    assert story.do("cancel_credit", credit="CR1") == {"status": "cancelled"}
    assert story.ask("invoice", invoice="A1/1")["status"] == "issued"


def test_an_offset_is_undone(stage):
    story = issued(stage, "standard")
    story.do("refund", order="O1", amount="40.00")
    story.paid_order("O2", "100.00")
    story.do("offset", account="acme")
    assert story.do("undo_offset", account="acme") == {"amount": "40.00"}


def test_an_application_is_changed(stage):
    story = stage("standard")
    story.paid_order("O1", "100.00")
    story.apply("A1", method="amount", amount="60.00")
    changed = story.do(
        "change", ref="A2", application="A1", account="acme", method="amount", amount="80.00"
    )
    assert changed == {"application": "A2", "total": "80.00"}
    assert story.ask("application", application="A1")["status"] == "withdrawn"


def test_a_ticket_is_opened_answered_and_closed(stage):
    story = stage("standard")
    assert story.do("ticket", ref="T", account="acme", subject="S", text="Q?") == {"status": "open"}
    assert story.do("answer_ticket", ticket="T", text="A.") == {"status": "answered"}
    assert story.do("close_ticket", ticket="T") == {"status": "closed"}


def test_a_proforma_is_of_an_order(stage):
    story = stage("standard", region="HK")
    story.paid_order("O1", "100.00")
    made = story.do("proforma", order="O1")
    assert (len(made["proformas"]), made["status"]) == (1, "confirmed")


def test_a_month_that_ran_is_not_done_again(stage):
    story = stage("standard")
    refusal = story.refused("catch_up", account="acme", month="2026-01")
    assert refusal["refused"] in {"auto_invoicing_off", "not_found"}
