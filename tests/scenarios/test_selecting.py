"""Selecting and splitting."""

import pytest

from tests.scenarios.stage import ALL, BY_ORDER

CAPPED = ("baidu", "standard")


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_28_by_order(stage, profile):  # A20, D01
    story = stage(profile)
    for ref, amount in (("O1", "300.00"), ("O2", "200.00"), ("O3", "500.00")):
        story.paid_order(ref, amount, "2026-03-01 10:00")
    asked = story.apply("A1", method="order", orders=["O1", "O2"])
    assert (asked["total"], asked["invoices"]) == ("500.00", ["A1/1"])
    assert story.faces("A1") == [("471.70", "28.30", "500.00")]
    assert story.open() == "500.00"
    assert story.item("O3")["open"] == "500.00"


def test_by_order_is_refused_where_only_months_are_invoiced(stage):  # C09
    story = stage("kingsoft")
    story.paid_order("O1", "300.00", "2026-03-01 10:00")
    refusal = story.refused(
        "apply", "2026-04-04 00:00", ref="A1", account="acme", method="order", orders=["O1"]
    )
    assert refusal["refused"] == "method_not_allowed"


@pytest.mark.parametrize("profile", ALL)
def test_sc_29_by_month_consolidated(stage, profile):  # A20, A38
    story = two_months(stage, profile)
    story.apply("A1", method="month", months=["2026-01", "2026-02"], confirm_amount="1590.00")
    assert story.faces("A1") == [("1500.00", "90.00", "1590.00")]
    assert story.application("A1").remarks.split("\n")[0] == "2026-01 至 2026-02"


@pytest.mark.parametrize("profile", ALL)
def test_sc_29_by_month_separately(stage, profile):
    story = two_months(stage, profile)
    months = ["2026-01", "2026-02"]
    story.apply("A1", method="month", months=months, separate=True, confirm_amount="1590.00")
    assert story.faces("A1") == [("1000.00", "60.00", "1060.00"), ("500.00", "30.00", "530.00")]
    periods = story.application("A1").invoices.order_by("position").values_list("period", flat=True)
    assert list(periods) == months


def two_months(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "1060.00", "2026-01-10 10:00")
    story.paid_order("O2", "530.00", "2026-02-10 10:00")
    story.do("advance", to="2026-03-04 00:00")
    return story


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_30_by_amount_at_one_rate(stage, profile):  # A20, A21
    story = stage(profile)
    story.paid_order("O1", "1500.00", "2026-03-01 10:00")
    story.apply("A1", method="amount", amount="1000.00")
    assert story.faces("A1") == [("943.40", "56.60", "1000.00")]
    assert story.open() == "500.00"


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_32_over_asking(stage, profile):  # A39
    story = stage(profile)
    story.paid_order("O1", "1500.00", "2026-03-01 10:00")
    refusal = story.refused("apply", ref="A1", account="acme", method="amount", amount="1500.01")
    assert refusal["refused"] == "insufficient_invoiceable"
    assert "1500.00" in refusal["message"]
    assert story.apply("A1", method="amount", amount="1500.00")["total"] == "1500.00"


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_33_the_remainder_of_a_split_order(stage, profile):  # A39
    story = stage(profile)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"], amount="300.00")
    story.issue("A1")
    row = story.item("O1")
    assert (row["invoiced"], row["cash"], row["open"]) == ("300.00", "500.00", "200.00")
    rest = {"account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", ref="A2", **rest, amount="200.01")["refused"] == (
        "insufficient_invoiceable"
    )
    assert story.do("apply", ref="A2", **rest, amount="200.00")["total"] == "200.00"
    assert story.refused("apply", ref="A3", **rest, amount="200.00")["refused"] == (
        "insufficient_invoiceable"
    )


@pytest.mark.parametrize("profile", CAPPED)
@pytest.mark.parametrize(
    ("amount", "documents"),
    [
        ("99999.99", ["99999.99"]),
        ("100000.00", ["50000.00", "50000.00"]),  # decision D05: no silly tail
        ("100000.99", ["99999.99", "1.00"]),
    ],
)
def test_sc_34_the_cap_of_an_electronic_invoice(stage, profile, amount, documents):  # B34
    story = stage(profile)
    story.paid_order("O1", amount, "2026-03-01 10:00")
    story.apply("A1", method="amount", amount=amount)
    assert [gross for _net, _tax, gross in story.faces("A1")] == documents


def test_sc_34_greedy_where_the_deployment_wants_it(stage):
    story = stage("baidu")
    story.do("profile", name="greedy", base="baidu", set={"split_strategy": "greedy"})
    story.do("account", ref="other", profile="greedy", name="Other Ltd")
    story.do("recharge", "2026-03-01 10:00", account="other", amount="100000.00")
    story.order("O1", "100000.00", account="other")
    story.do("apply", ref="A1", account="other", method="order", orders=["O1"])
    assert [gross for _net, _tax, gross in story.faces("A1")] == ["99999.99", "0.01"]


@pytest.mark.parametrize("profile", CAPPED)
def test_sc_35_a_split_by_the_cap_keeps_every_cent(stage, profile):  # B36, R15
    story = stage(profile)
    story.paid_order("O1", "250000.00", "2026-03-01 10:00")
    seen = story.ask("preview", account="acme", method="order", orders=["O1"])
    faces = [(row["net"], row["tax"], row["gross"]) for row in seen["invoices"]]
    assert faces == [
        ("94339.61", "5660.38", "99999.99"),
        ("94339.61", "5660.38", "99999.99"),
        ("47169.83", "2830.19", "50000.02"),
    ]
    assert seen["total"] == "250000.00"
    assert sum(int(tax.replace(".", "")) for _net, tax, _gross in faces) == 14150_95
    story.apply("A1", method="order", orders=["O1"], plan=seen["plan"])
    assert story.faces("A1") == faces


def test_sc_36_the_cap_of_paper(stage):  # B35
    story = stage("baidu")
    story.paid_order("O1", "4500000.01", "2026-03-01 10:00")

    def grosses(amount, medium="paper"):
        seen = story.ask("preview", account="acme", method="amount", amount=amount, medium=medium)
        return [row["gross"] for row in seen["invoices"]]

    assert grosses("1000000.00") == ["1000000.00"]
    assert len(grosses("1000000.01")) == 2
    assert grosses("2500000.00") == ["1000000.00", "1000000.00", "500000.00"]
    assert len(grosses("1000000.00", "electronic")) == 11


@pytest.mark.parametrize("profile", ALL)
def test_sc_39_several_issuers_are_shown_before_submitting(stage, profile):  # A24, C07
    story = stage(profile)
    amounts = {"S6": "600.00", "M9": "109.00", "C6": "53.00", "D6": "212.00", "H13": "113.00"}
    for key, amount in amounts.items():
        story.paid_order(f"O-{key}", amount, "2026-03-01 10:00", tax_key=key)
    story.do("advance", to="2026-04-04 00:00")
    ask = {"account": "acme", "method": "month", "months": ["2026-03"]}
    seen = story.ask("preview", **ask)
    assert [
        (row["entity"], row["rate"], row["net"], row["tax"], row["gross"])
        for row in seen["invoices"]
    ] == [
        ("I1", "0.06", "566.04", "33.96", "600.00"),
        ("I1", "0.13", "100.00", "13.00", "113.00"),
        ("I2", "0.06", "50.00", "3.00", "53.00"),
        ("I2", "0.09", "100.00", "9.00", "109.00"),
        ("I3", "0.06", "200.00", "12.00", "212.00"),
    ]
    assert seen["total"] == "1087.00"
    asked = story.do("apply", ref="A1", **ask, plan=seen["plan"], confirm_amount="1087.00")
    assert asked["invoices"] == ["A1/1", "A1/2", "A1/3", "A1/4", "A1/5"]
    assert story.faces("A1") == [(row["net"], row["tax"], row["gross"]) for row in seen["invoices"]]


@pytest.mark.parametrize("profile", ALL)
def test_sc_40_two_tax_items_of_one_issuer_and_rate_share_a_document(stage, profile):  # D19
    story = stage(profile)
    story.paid_order("O1", "300.00", "2026-03-01 10:00")
    story.paid_order("O2", "200.00", tax_key="T6")
    story.invoice_everything("A1", "2026-03")
    assert story.faces("A1") == [("471.70", "28.30", "500.00")]
    assert story.ask("invoice", invoice="A1/1")["lines"] == [
        {"tax_key": "S6", "net": "283.02", "tax": "16.98", "gross": "300.00"},
        {"tax_key": "T6", "net": "188.68", "tax": "11.32", "gross": "200.00"},
    ]
