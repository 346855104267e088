"""What was previewed is what is confirmed, once."""

import pytest

from invoicing.models import InvoiceApplication
from tests.scenarios.stage import BY_ORDER


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_42_an_order_taken_in_another_tab_is_refused_with_the_difference(stage, profile):  # A41
    story = stage(profile)
    story.paid_order("A", "300.00", "2026-03-01 10:00")
    story.paid_order("B", "200.00")
    ask = {"account": "acme", "method": "order", "orders": ["A", "B"]}
    seen = story.ask("preview", **ask)
    story.apply("A0", method="order", orders=["B"])
    refusal = story.refused("apply", ref="A1", **ask, plan=seen["plan"])
    assert refusal["refused"] == "plan_changed"
    assert "300.00: −200.00 compared" in refusal["message"]
    assert story.item("A")["reserved"] == "0.00"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "special", "medium": "electronic"}, "the type of invoice"),
        ({"medium": "paper"}, "the type of invoice"),
        ({"model": "none"}, "the model column"),
        ({"title": "T2"}, "the title"),
    ],
)
def test_sc_42_a_preview_of_other_terms_is_not_what_was_seen(stage, change, named):
    story = stage("standard", kind="enterprise")
    story.paid_order("A", "300.00", "2026-03-01 10:00")
    details = {"tax_id": "91330106MA2CFLT7XP", "address": "9 Hill Road", "phone": "0571-1"}
    names = {"type": "enterprise", "name": "Acme Ltd"}
    story.do("title", ref="T2", account="acme", **names, **details)
    ask = {"account": "acme", "method": "order", "orders": ["A"]}
    seen = story.ask("preview", **ask)
    refusal = story.refused("apply", ref="A1", **ask | change, plan=seen["plan"])
    assert refusal["refused"] == "plan_changed"
    assert refusal["message"].startswith(f"This changed since you looked: {named}. The total")
    assert (
        story.do("apply", ref="A1", **ask, plan=seen["plan"], remarks="PO 7")["total"] == "300.00"
    )


def test_sc_42_a_plan_that_moved_is_refused(stage):
    story = stage("alibaba")
    story.paid_order("A", "300.00", "2026-03-01 10:00")
    story.paid_order("B", "200.00")
    ask = {"account": "acme", "method": "amount", "amount": "300.00", "orders": ["A", "B"]}
    seen = story.ask("preview", **ask)
    story.apply("A0", method="order", orders=["A"], amount="100.00")
    refusal = story.refused("apply", ref="A1", **ask, plan=seen["plan"])
    assert refusal["refused"] == "plan_changed"
    assert story.do("apply", ref="A1", **ask)["total"] == "300.00"


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_46_confirming_twice_is_confirming_once(stage, profile):  # A41, R02
    story = stage(profile)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    first = story.do("apply", **ask, idempotency_key="click")
    assert story.do("apply", **ask, idempotency_key="click") == first
    assert InvoiceApplication.objects.count() == 1
    ask["amount"] = "1.00"
    refusal = story.refused("apply", **ask, idempotency_key="click")
    assert refusal["refused"] == "reference_conflict"


def test_sc_47_the_stated_amount_is_approved(stage):  # K12
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.do("advance", to="2026-04-04 00:00")
    ask = {"ref": "A1", "account": "acme", "method": "month", "months": ["2026-03"]}
    assert story.ask("preview", account="acme", method="month", months=["2026-03"])["total"] == (
        "150.00"
    )
    story.do("refund", order="O1", amount="10.00")
    refusal = story.refused("apply", **ask, confirm_amount="150.00")
    assert refusal["refused"] == "confirm_amount_changed"
    assert "140.00" in refusal["message"]
    assert story.refused("apply", **ask)["refused"] == "confirm_amount_changed"
    assert story.do("apply", **ask, confirm_amount="140.00")["total"] == "140.00"
