"""Scenarios 2: titles, certification, kinds and media."""

import pytest


@pytest.mark.parametrize("profile", ["baidu", "alibaba"])
def test_sc_19_an_individual_cannot_take_a_special_invoice(stage, profile):
    story = stage(profile, kind="individual", name="Li Ming")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", **ask, kind="special")["refused"] == (
        "enterprise_certification_required"
    )
    assert story.do("apply", **ask)["total"] == "60.00"


def test_sc_20_an_individual_may_use_the_default_or_the_own_name(stage):
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


def test_sc_23_an_enterprise_never_becomes_an_individual_again(stage):
    story = stage("alibaba", kind="individual", name="Li Ming")
    story.do("certify", account="acme", kind="enterprise", name="Acme Ltd")
    refusal = story.refused("certify", account="acme", kind="individual", name="Li Ming")
    assert refusal["refused"] == "irreversible"


@pytest.mark.parametrize("profile", ["baidu", "alibaba"])
def test_sc_24_an_enterprise_title_must_match(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.do("title", ref="T1", account="acme", type="enterprise", name="Acme Limited")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    refusal = story.refused("apply", **ask, title="T1")
    assert refusal["refused"] == "title_mismatch"
    assert "Acme Ltd" in refusal["message"]
    assert "Acme Limited" in refusal["message"]


def test_sc_26_a_special_invoice_needs_every_field(stage):
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
