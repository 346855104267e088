"""Who decides about a credit, by when, and that correcting is no way round it (B22, A30, D22, SC-85, SC-86)."""

import pytest

from accounts.models import OutboxMessage
from invoicing.channels import Refused, SandboxChannel
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.queries import late
from invoicing.services.crediting import requests
from tests.builders import at
from tests.refusing import refused
from tests.scenarios.stage import Stage

ASKED = "2026-01-05 10:00"


@pytest.fixture(autouse=True)
def _db(db):
    """Every story plays in the test's database."""


def invoiced(profile: str, medium: str = "electronic", amount: str = "106.00") -> Stage:
    """One invoice under `profile`, issued on 4 January, or in February where whole months are invoiced."""
    stage = Stage(profile)
    stage.paid_order("O1", amount, "2026-01-02 10:00")
    if profile == "kingsoft":
        stage.apply(
            "A1", "2026-02-05 09:00", method="month", months=["2026-01"], confirm_amount=amount
        )
    else:
        stage.apply("A1", "2026-01-04 09:00", method="order", orders=["O1"], medium=medium)
    stage.issue("A1")
    return stage


def credit(stage: Stage) -> CreditRequest:
    found: CreditRequest = stage.story.find("credit", "C1")
    found.refresh_from_db()
    return found


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_b22_the_system_decides_about_an_electronic_invoice(profile):  # A30, D22
    stage = invoiced(profile)
    assert stage.do("request_credit", ASKED, ref="C1", invoice="A1/1") == {"status": "crediting"}
    assert credit(stage).decide_by == at("2026-01-05 10:10")
    stage.do("advance", to="2026-01-05T10:01")
    assert (credit(stage).status, credit(stage).decided_by) == ("credited", None)
    assert stage.open() == "106.00"
    stage.clean()


def test_d22_a_person_decides_about_paper_and_has_working_days_from_its_return():
    stage = invoiced("standard", "paper")
    stage.do("request_credit", ASKED, ref="C1", invoice="A1/1")
    assert (credit(stage).decide_at, credit(stage).decide_by) == (None, None)
    stage.do("receive_return", "2026-01-06 10:00", credit="C1", forms=["invoice"])
    assert credit(stage).decide_by == at("2026-01-09 10:00")
    stage.do("advance", to="2026-01-12T10:00")
    assert credit(stage).status == "crediting"
    assert late.counts(at("2026-01-09 10:00"))["credit"] == 0
    assert late.counts(at("2026-01-09 10:01"))["credit"] == 1


def test_d22_under_kingsoft_a_person_decides():
    stage = invoiced("kingsoft", "paper")
    stage.do("request_credit", ref="C1", invoice="A1/1")
    stage.do("receive_return", credit="C1", forms=["invoice"])
    stage.do("advance", to="2026-02-20T10:00")
    assert credit(stage).status == "crediting"


def test_sc_85_a_person_decides_about_what_the_buyer_has_booked_within_72_hours():  # D22
    stage = invoiced("standard")
    stage.do("request_credit", ASKED, ref="C1", invoice="A1/1", recorded=True, form_number="F1")
    assert (credit(stage).decide_at, credit(stage).decide_by) == (None, None)
    assert credit(stage).confirm_by == at("2026-01-08 10:00")
    stage.do("advance", to="2026-01-08T10:00")
    assert credit(stage).status == "expired"


def test_d22_a_person_decides_above_the_operators_amount_however_it_is_cut(settings):
    settings.CREDIT_DECISION_LIMIT = "100.00"
    stage = invoiced("standard")
    stage.do(
        "request_credit", ASKED, ref="C0", invoice="A1/1", reason="sales_discount", amount="60.00"
    )
    stage.do("advance", to="2026-01-05T11:00")
    stage.do("request_credit", ref="C1", invoice="A1/1", reason="sales_discount", amount="40.01")
    assert (credit(stage).decide_at, credit(stage).decide_by) == (None, at("2026-01-08 11:00"))
    stage.do("advance", to="2026-01-12T10:00")
    assert credit(stage).status == "crediting"
    stage.do("decide_credit", credit="C1", approve=True)
    stage.clean()


def test_b22_correcting_is_no_way_round_the_decision(settings):  # SC-86
    settings.CREDIT_DECISION_LIMIT = "100.00"
    stage = invoiced("standard")
    assert (
        stage.refused("reissue", ASKED, ref="A2", invoice="A1/1")["refused"] == "credit_by_person"
    )
    offered = stage.ask("actions", invoice="A1/1")["actions"]
    (correct,) = (row for row in offered if row["action"] == "reissue")
    assert (correct["allowed"], correct["reason"]) == (False, "credit_by_person")
    settings.CREDIT_DECISION_LIMIT = "106.00"
    stage.do("reissue", ref="A2", invoice="A1/1")
    assert Invoice.objects.get(application=stage.application("A1")).status == "credited"


def test_what_the_channel_refuses_is_tried_again_and_is_late_after_its_promise(monkeypatch):
    stage = invoiced("standard")
    works = SandboxChannel.issue
    monkeypatch.setattr(SandboxChannel, "issue", lambda self, request: Refused("busy"))
    stage.do("request_credit", ASKED, ref="C1", invoice="A1/1")
    assert requests.decide_credits(at=at(ASKED)) == 0
    assert credit(stage).decide_at == at("2026-01-05 10:10")
    assert late.counts(at("2026-01-05 10:11"))["credit"] == 1
    monkeypatch.setattr(SandboxChannel, "issue", works)
    stage.do("advance", to="2026-01-05T10:10")
    assert credit(stage).status == "credited"
    assert OutboxMessage.objects.filter(topic="invoice_credited").count() == 3


def test_a_credit_that_was_taken_back_meanwhile_is_left_alone():
    stage = invoiced("standard")
    stage.do("request_credit", ASKED, ref="C1", invoice="A1/1")
    requests.cancel_credit(
        request=credit(stage), actor=stage.application("A1").submitted_by, at=at(ASKED)
    )
    assert requests.decide_credits(at=at(ASKED)) == 0
    refused(
        "wrong_state",
        lambda: requests.approve_credit(request=credit(stage), reviewer=None, at=at(ASKED)),
    )
    assert InvoiceApplication.objects.get().status == "issued"
