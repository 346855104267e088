"""Refunds, deficits, offsets."""

import pytest

from tests.scenarios.stage import ALL


def refunded(stage, profile, paid="1200.00", back="200.00", reason="refund"):
    """An order of S6 that was invoiced in full and refunded in part."""
    story = stage(profile)
    story.paid_order("O1", paid, "2026-03-01 10:00")
    story.invoice_everything("A1", "2026-03")
    deficit = story.do("refund", order="O1", amount=back, reason=reason)["deficit"]
    assert deficit == back
    return story


@pytest.mark.parametrize("profile", ALL)
def test_sc_48_a_refund_before_invoicing(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "0.00"}
    assert story.ask("balance", account="acme")["cash"] == "400.00"
    assert (story.open("2026-04-04 00:00"), story.deficit()) == ("600.00", "0.00")


@pytest.mark.parametrize("profile", ALL)
def test_sc_49_a_refund_after_the_invoice(stage, profile):  # A56, B31, C26
    story = refunded(stage, profile)
    assert (story.open(), story.deficit()) == ("0.00", "200.00")
    row = story.item("O1")
    assert (row["refunded"], row["invoiced"], row["deficit"]) == ("200.00", "1200.00", "200.00")


def test_sc_51_a_downgrade_is_a_deficit_too(stage):  # B32, C26
    story = refunded(stage, "baidu", reason="downgrade")
    assert story.deficit() == "200.00"
    assert story.item("O1")["deficit"] == "200.00"
    assert list(story.customer.charges.get().refunds.values_list("reason", flat=True)) == [
        "downgrade"
    ]


def test_sc_52_offset_at_the_next_request(stage):
    story = refunded(stage, "alibaba")
    story.paid_order("O2", "500.00", "2026-04-01 10:00")
    assert (story.open(), story.deficit()) == ("500.00", "200.00")
    seen = story.ask("preview", account="acme", method="order", orders=["O2"])
    assert (seen["total"], seen["offset"]) == ("300.00", "200.00")
    story.apply("A2", method="order", orders=["O2"])
    assert story.faces("A2") == [("283.02", "16.98", "300.00")]
    assert (story.open(), story.deficit()) == ("0.00", "0.00")
    row = story.item("O2")
    assert (row["reserved"], row["offset_given"]) == ("300.00", "200.00")


def test_sc_55_the_button_is_grey_until_the_deficit_is_covered(stage):
    story = stage("baidu")
    story.do("profile", name="late", base="baidu", set={"offset_timing": "on_request"})
    story.do("account", ref="other", profile="late", name="Other Ltd")
    story.do("recharge", "2026-03-01 10:00", account="other", amount="1350.00")
    story.order("O1", "1200.00", account="other")
    story.do("apply", ref="A1", account="other", method="order", orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="200.00")
    story.order("O2", "150.00", account="other")
    refusal = story.refused("apply", ref="A2", account="other", method="order", orders=["O2"])
    assert (refusal["refused"], refusal["short"]) == ("deficit_not_covered", "50.00")
    (action,) = story.ask("actions", account="other")["actions"]
    assert (action["allowed"], action["reason"], action["short"]) == (
        False,
        "deficit_not_covered",
        "50.00",
    )
    empty = story.refused("apply", ref="A2", account="other", method="order", orders=[])
    assert empty["refused"] == "nothing_selected"


def test_sc_55_an_order_that_went_into_a_deficit_does_not_cover_the_rest(stage):
    story = refunded(stage, "baidu")
    story.paid_order("O2", "150.00", "2026-04-01 10:00")
    refusal = story.refused("apply", ref="A2", account="acme", method="order", orders=["O2"])
    assert (refusal["refused"], refusal["short"]) == ("deficit_not_covered", "50.00")
    (action,) = story.ask("actions", account="acme")["actions"]
    assert (action["allowed"], action["reason"], action["short"]) == (
        False,
        "deficit_not_covered",
        "50.00",
    )


def test_sc_56_another_tax_code_does_not_offset(stage):
    story = refunded(stage, "standard")
    story.paid_order("O2", "500.00", "2026-04-01 10:00", tax_key="T6")
    story.apply("A2", method="order", orders=["O2"])
    assert story.faces("A2") == [("471.70", "28.30", "500.00")]
    assert story.deficit() == "200.00"


def test_sc_56_the_gate_of_the_whole_account_names_the_tax_key(stage):
    story = refunded(stage, "baidu")
    story.paid_order("O2", "500.00", "2026-04-01 10:00", tax_key="T6")
    refusal = story.refused("apply", ref="A2", account="acme", method="order", orders=["O2"])
    assert (refusal["refused"], refusal["short"]) == ("deficit_not_covered", "200.00")
    assert "S6" in refusal["message"]


def test_sc_56_a_looser_key_offsets_by_issuer_and_rate(stage):
    story = stage("standard")
    story.do("profile", name="loose", base="standard", set={"offset_key": "entity_rate"})
    story.do("account", ref="other", profile="loose", name="Other Ltd")
    story.do("recharge", "2026-03-01 10:00", account="other", amount="1700.00")
    story.order("O1", "1200.00", account="other")
    story.do("apply", ref="A1", account="other", method="order", orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="200.00")
    story.order("O2", "500.00", account="other", tax_key="T6")
    story.do("apply", ref="A2", account="other", method="order", orders=["O2"])
    assert story.faces("A2") == [("283.02", "16.98", "300.00")]
    assert story.ask("invoiceable", account="other")["deficit"] == "0.00"


def test_sc_58_eager_offset_as_consumption_arrives(stage):  # D07
    story = refunded(stage, "baidu")
    story.paid_order("O2", "150.00", "2026-04-01 10:00")
    assert (story.open(), story.deficit()) == ("0.00", "50.00")
    story.paid_order("O3", "80.00", "2026-04-02 10:00")
    assert (story.open(), story.deficit()) == ("30.00", "0.00")


def test_offset_now_on_request(stage):  # D07
    story = refunded(stage, "alibaba")
    assert story.do("offset", account="acme") == {"offset": "0.00"}
    story.paid_order("O2", "150.00", "2026-04-01 10:00")
    assert story.do("offset", account="acme") == {"offset": "150.00"}
    assert (story.open(), story.deficit()) == ("0.00", "50.00")


@pytest.mark.parametrize("profile", ALL)
def test_sc_63_refunds_are_limited_by_the_cash_paid(stage, profile):
    story = stage(profile)
    story.do("grant", "2026-03-01 09:00", account="acme", fund="coupon", amount="200.00")
    story.recharge("1000.00")
    assert story.order("O1", "1200.00")["cash"] == "1000.00"
    story.do("refund", order="O1", amount="700.00")
    refusal = story.refused("refund", order="O1", amount="300.01")
    assert refusal["refused"] == "over_refund"
    assert "300.00" in refusal["message"]
    story.do("refund", order="O1", amount="300.00")
    assert story.ask("balance", account="acme")["cash"] == "1000.00"


def test_sc_65_half_of_a_part_coupon_order_refunded(stage):
    story = stage("baidu")
    story.do("grant", "2026-03-01 09:00", account="acme", fund="coupon", amount="20.00")
    story.recharge("80.00")
    story.order("O1", "100.00")
    story.do("refund", order="O1", amount="40.00")
    balance = story.ask("balance", account="acme")
    assert (balance["cash"], balance["funds"]["coupon"]) == ("40.00", "0.00")
    assert story.open() == "40.00"


def test_a_monthly_bill_is_refunded_by_its_month(stage):
    story = stage("alibaba")
    story.recharge("300.00", "2026-03-01 09:00")
    story.do("usage", account="acme", tax_key="S6", amount="100.00")
    story.do("usage", account="acme", tax_key="H13", amount="200.00")
    story.do("advance", to="2026-04-03 00:00")
    assert story.open() == "300.00"
    assert story.refused("refund", bill="acme/2026-03", amount="300.01")["refused"] == "over_refund"
    story.do("refund", bill="acme/2026-03", amount="150.00")
    assert story.open() == "150.00"
    keys = story.ask("invoiceable", account="acme")["by_key"]
    assert [(row["tax_key"], row["open"]) for row in keys] == [("H13", "150.00")]


def test_a_bill_that_is_not_settled_cannot_be_refunded(stage):
    story = stage("alibaba")
    story.do("bill", "2026-03-01 09:00", ref="B1", account="acme", tax_key="S6", amount="5.00")
    assert story.refused("refund", bill="B1", amount="5.00")["refused"] == "bill_not_settled"
