"""Titles, certification, kinds and media."""

import pytest
from django.contrib.admin import site

from accounts.admin.certification import CertificationRequestAdmin
from accounts.models import CertificationRequest
from accounts.services.requests.certifying import (
    cancel_certification,
    in_force,
    request_certification,
)
from invoicing.admin.review.comparison import compare
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import TitleApplication
from invoicing.services.titles.keeping import update_to_certification
from tests.builders import at


@pytest.mark.parametrize("profile", ["baidu", "alibaba"])
def test_sc_19_an_individual_cannot_take_a_special_invoice(stage, profile):  # A04, B25, B27
    story = stage(profile, kind="individual", name="Li Ming")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", **ask, kind="special")["refused"] == (
        "enterprise_certification_required"
    )
    assert story.do("apply", **ask)["total"] == "60.00"


def test_sc_20_an_individual_may_use_the_default_or_the_own_name(stage):  # A03, C18
    story = stage("alibaba", kind="individual", name="Li Ming")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    for name in ("Individual", "Li Ming", "Wang Fang"):
        story.do("title", ref=name, account="acme", type="individual", name=name)
    ask = {"account": "acme", "method": "amount", "amount": "10.00"}
    assert story.refused("apply", ref="A0", **ask, title="Wang Fang")["refused"] == "title_mismatch"
    story.do("apply", ref="A1", **ask, title="Individual")
    story.do("apply", ref="A2", **ask, title="Li Ming")
    assert story.application("A1").buyer["name"] == "Individual"


def test_sc_21_an_individual_with_an_enterprise_title_is_reviewed_by_people(stage):
    # B43, B50, B60, C18
    story = stage("baidu", kind="individual", name="Li Ming")
    story.paid_order("O1", "60.00", "2026-04-10 15:00")
    story.do(
        "title",
        ref="T1",
        account="acme",
        type="enterprise",
        name="Example Trading Co.",
        tax_id="91330106MA2CFLT7XP",
    )
    story.apply("A1", method="order", orders=["O1"], title="T1")
    asked = story.ask("application", "2026-04-13 15:00", application="A1")
    assert (asked["status"], asked["due_at"]) == ("pending_approval", "2026-04-15T15:00:00+08:00")


def corporate(stage):
    """An individual who has asked for a company's title on Friday, 10 April 2026."""
    story = stage("alibaba", kind="individual", name="Li Ming")
    story.paid_order("O1", "60.00", "2026-04-01 10:00")
    story.do(
        "apply_title", "2026-04-10 15:00", ref="T1", account="acme", name="Example Trading Co.",
        tax_id="91330106MA2CFLT7XP",
    )  # fmt: skip
    return story, {
        "ref": "A1",
        "account": "acme",
        "method": "order",
        "orders": ["O1"],
        "title": "T1",
    }


def test_sc_22_a_corporate_title_waits_three_to_five_working_days(stage):  # A09, A10, C18
    story, ask = corporate(stage)
    application = TitleApplication.objects.get()
    assert (application.due_from, application.due_by) == (
        at("2026-04-15 15:00"),
        at("2026-04-17 15:00"),
    )
    refusal = story.refused("apply", **ask)
    assert refusal["refused"] == "title_not_approved"
    assert "Example Trading Co." in refusal["message"]
    fields = {"type": "enterprise", "name": "Example Trading Co.", "tax_id": "91330106MA2CFLT7XP"}
    story.do("title", ref="T2", account="acme", **fields)
    assert story.refused("apply", **ask | {"title": "T2"})["refused"] == "title_not_approved"


def test_sc_22_an_approved_corporate_title_is_selectable_and_told_by_sms_once(stage):
    story, ask = corporate(stage)
    assert story.do("decide_title", title="T1", approve=True)["status"] == "approved"
    assert story.refused("decide_title", title="T1", approve=True)["refused"] == "wrong_state"
    story.do("advance", to="2026-04-11 15:00")
    told = story.ask("messages", account="acme")["messages"]
    assert [row["channel"] for row in told if row["topic"] == "title_approved"].count("sms") == 1
    story.do("apply", **ask)
    assert story.application("A1").buyer["name"] == "Example Trading Co."


def test_sc_22_a_refused_corporate_title_gives_its_reason_and_stays_unusable(stage):  # A12
    story, ask = corporate(stage)
    story.do("decide_title", title="T1", approve=False, reason="The letter is not signed.")
    assert TitleApplication.objects.get().reason == "The letter is not signed."
    assert story.refused("apply", **ask)["refused"] == "title_not_approved"
    story.do(
        "apply_title", ref="T2", account="acme", name="Example Trading Co.",
        tax_id="91330106MA2CFLT7XP",
    )  # fmt: skip
    story.do("decide_title", title="T2", approve=True)
    story.do("apply", **ask | {"title": "T2"})


def test_sc_23_an_enterprise_never_becomes_an_individual_again(stage):
    story = stage("alibaba", kind="individual", name="Li Ming")
    story.do("certify", account="acme", kind="enterprise", name="Acme Ltd")
    refusal = story.refused("certify", account="acme", kind="individual", name="Li Ming")
    assert refusal["refused"] == "irreversible"


def test_sc_25_a_rename_leaves_what_was_issued_and_shows_reviewers_both_names(stage):
    story = stage("baidu")
    story.paid_order("O1", "60.00", "2026-03-30 10:00")
    story.recharge("20.00")
    story.order("O2", "10.00")
    story.order("O3", "10.00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("advance", to="2026-03-30 12:00")
    story.do("advance", to="2026-03-31 10:00")
    clerk = story.customer.users.get()
    waiting = request_certification(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd",
        tax_id="91330106MA2CFLT7XP", by=clerk, idempotency_key="K", at=at("2026-03-31 10:00"),
    )  # fmt: skip
    shown = dict(CertificationRequestAdmin(CertificationRequest, site).facts(waiting))
    assert (shown["Certified now"], shown["Asked for"]) == ("Acme Ltd", "Acme Group Ltd")
    cancel_certification(request=waiting, by=clerk, at=at("2026-03-31 18:00"))
    story.apply("A2", "2026-03-31 23:58", method="order", orders=["O2"])

    story.do("certify", "2026-04-01 00:00", account="acme", name="Acme Group Ltd")
    story.do("advance", to="2026-04-01 09:00")
    asked = story.ask("application", application="A2")
    assert (asked["status"], asked["due_at"]) == ("pending_approval", "2026-04-03T23:58:00+08:00")
    issued = story.application("A1").invoices.get()
    assert InvoiceSnapshot.from_json(issued.snapshot).buyer.name == "Acme Ltd"
    pending = story.application("A2")
    rows = compare(pending.buyer, in_force(story.customer), None)
    (name,) = [row for row in rows if row.label == "Company name"]
    assert "".join(part for part, _differs in name.left) == "Acme Ltd"
    assert "".join(part for part, _differs in name.right) == "Acme Group Ltd"
    assert name.differs

    ask = {"ref": "A3", "account": "acme", "method": "order", "orders": ["O3"]}
    assert story.refused("apply", **ask)["refused"] == "title_mismatch"
    update_to_certification(customer=story.customer, by=clerk, at=at("2026-04-01 10:00"))
    story.do("apply", **ask)
    assert story.application("A3").buyer["name"] == "Acme Group Ltd"


@pytest.mark.parametrize("profile", ["baidu", "alibaba"])
def test_sc_24_an_enterprise_title_must_match(stage, profile):  # A02, A05, B51, C19
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.do("title", ref="T1", account="acme", type="enterprise", name="Acme Limited")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    refusal = story.refused("apply", **ask, title="T1")
    assert refusal["refused"] == "title_mismatch"
    assert "Acme Ltd" in refusal["message"]
    assert "Acme Limited" in refusal["message"]


def test_sc_26_a_special_invoice_needs_every_field(stage):  # A35
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    fields = {"tax_id": "91330106MA2CFLT7XP", "address": "1 River Road", "bank": "Harbour Bank"}
    story.do(
        "title", ref="T1", account="acme", type="enterprise", name="Acme Ltd",
        bank_account="6200000000000001", **fields,
    )  # fmt: skip
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"], "kind": "special"}
    refusal = story.refused("apply", **ask, title="T1")
    assert refusal["refused"] == "title_incomplete"
    assert refusal["message"] == "The invoice title lacks: registered phone."
    assert story.do("apply", **ask)["total"] == "60.00"


@pytest.mark.parametrize(
    ("profile", "kind", "medium", "refusal"),
    [
        ("baidu", "special", "electronic", "medium_not_allowed"),
        ("baidu", "special", "paper", None),
        ("alibaba", "special", "electronic", None),
        ("alibaba", "special", "paper", "medium_not_allowed"),
        ("kingsoft", "general", "electronic", "medium_not_allowed"),
        ("kingsoft", "general", "paper", None),
        ("kingsoft", "special", "electronic", "medium_not_allowed"),
        ("kingsoft", "special", "paper", None),
    ],
)
def test_sc_27_the_media_of_a_profile(stage, profile, kind, medium, refusal):
    # A06, B23, B37, K02, C04, C05
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.do("advance", to="2026-04-04 00:00")
    ask = {
        "ref": "A1", "account": "acme", "method": "month", "months": ["2026-03"],
        "confirm_amount": "60.00", "kind": kind, "medium": medium,
    }  # fmt: skip
    if refusal:
        assert story.refused("apply", **ask)["refused"] == refusal
    else:
        story.do("apply", **ask)
        assert story.application("A1").medium == medium
