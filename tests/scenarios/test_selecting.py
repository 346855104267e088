"""Scenarios 3: selecting, splitting, confirming."""

import json

import pytest

from invoicing.models import InvoiceApplication
from tests.scenarios.stage import ALL

BY_ORDER = ("baidu", "alibaba", "standard")  # kingsoft invoices whole months only (K01)
CAPPED = ("baidu", "standard")


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_28_by_order(stage, profile):
    story = stage(profile)
    for ref, amount in (("O1", "300.00"), ("O2", "200.00"), ("O3", "500.00")):
        story.paid_order(ref, amount, "2026-03-01 10:00")
    asked = story.apply("A1", method="order", orders=["O1", "O2"])
    assert (asked["total"], asked["invoices"]) == ("500.00", ["A1/1"])
    assert story.faces("A1") == [("471.70", "28.30", "500.00")]
    assert story.open() == "500.00"
    assert story.item("O3")["open"] == "500.00"


def test_by_order_is_refused_where_only_months_are_invoiced(stage):
    story = stage("kingsoft")
    story.paid_order("O1", "300.00", "2026-03-01 10:00")
    refusal = story.refused(
        "apply", "2026-04-04 00:00", ref="A1", account="acme", method="order", orders=["O1"]
    )
    assert refusal["refused"] == "method_not_allowed"


@pytest.mark.parametrize("profile", ALL)
def test_sc_29_by_month_consolidated(stage, profile):
    story = two_months(stage, profile)
    story.apply("A1", method="month", months=["2026-01", "2026-02"], confirm_amount="1590.00")
    assert story.faces("A1") == [("1500.00", "90.00", "1590.00")]
    assert story.application("A1").remarks.split("\n")[0] == "2026-01 to 2026-02"


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
def test_sc_30_by_amount_at_one_rate(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "1500.00", "2026-03-01 10:00")
    story.apply("A1", method="amount", amount="1000.00")
    assert story.faces("A1") == [("943.40", "56.60", "1000.00")]
    assert story.open() == "500.00"


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_32_over_asking(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "1500.00", "2026-03-01 10:00")
    refusal = story.refused("apply", ref="A1", account="acme", method="amount", amount="1500.01")
    assert refusal["refused"] == "insufficient_invoiceable"
    assert "1500.00" in refusal["message"]
    assert story.apply("A1", method="amount", amount="1500.00")["total"] == "1500.00"


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_33_the_remainder_of_a_split_order(stage, profile):
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
        ("100000.00", ["50000.00", "50000.00"]),  # decision D5: no silly tail
        ("100000.99", ["99999.99", "1.00"]),
    ],
)
def test_sc_34_the_cap_of_an_electronic_invoice(stage, profile, amount, documents):
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
def test_sc_35_a_split_by_the_cap_keeps_every_cent(stage, profile):
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


def test_sc_36_the_cap_of_paper(stage):
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
def test_sc_39_several_issuers_are_shown_before_submitting(stage, profile):
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
def test_sc_40_two_tax_items_of_one_issuer_and_rate_share_a_document(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "300.00", "2026-03-01 10:00")
    story.paid_order("O2", "200.00", tax_key="T6")
    story.invoice_everything("A1", "2026-03")
    assert story.faces("A1") == [("471.70", "28.30", "500.00")]
    assert story.ask("invoice", invoice="A1/1")["lines"] == [
        {"tax_key": "S6", "net": "283.02", "tax": "16.98", "gross": "300.00"},
        {"tax_key": "T6", "net": "188.68", "tax": "11.32", "gross": "200.00"},
    ]


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_42_an_order_taken_in_another_tab_is_refused_with_the_difference(stage, profile):
    story = stage(profile)
    story.paid_order("A", "300.00", "2026-03-01 10:00")
    story.paid_order("B", "200.00")
    ask = {"account": "acme", "method": "order", "orders": ["A", "B"]}
    seen = story.ask("preview", **ask)
    story.apply("A0", method="order", orders=["B"])
    refusal = story.refused("apply", ref="A1", **ask, plan=seen["plan"])
    assert refusal["refused"] == "plan_changed"
    assert "300.00 CNY: -200.00 compared" in refusal["message"]
    assert story.item("A")["reserved"] == "0.00"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "special", "medium": "electronic"},
        {"medium": "paper"},
        {"model": "none"},
        {"title": "T2"},
    ],
)
def test_sc_42_a_preview_of_other_terms_is_not_what_was_seen(stage, change):
    story = stage("standard", kind="enterprise")
    story.paid_order("A", "300.00", "2026-03-01 10:00")
    details = {"tax_id": "91330106MA2CFLT7XP", "address": "9 Hill Road", "phone": "0571-1"}
    names = {"type": "enterprise", "name": "Acme Ltd"}
    story.do("title", ref="T2", account="acme", **names, **details)
    ask = {"account": "acme", "method": "order", "orders": ["A"]}
    seen = story.ask("preview", **ask)
    refusal = story.refused("apply", ref="A1", **ask | change, plan=seen["plan"])
    assert refusal["refused"] == "plan_changed"
    assert "the title or the type changed" in refusal["message"]
    assert (
        story.do("apply", ref="A1", **ask, plan=seen["plan"], remarks="PO 7")["total"] == "300.00"
    )


def frozen(story, invoice="A1/1"):
    found = story.story.find("invoice", invoice)
    return json.loads(found.snapshot)


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(("model", "printed"), [("blank", ""), ("none", "None")])
def test_sc_44_the_model_column_is_blank_or_says_none(stage, profile, model, printed):
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.paid_order("O2", "40.00", tax_key="T6")
    story.do("advance", to="2026-04-04 00:00")
    wish = {"method": "month", "months": ["2026-03"], "model": model}
    story.apply("A1", **wish, confirm_amount="100.00")
    story.issue("A1")
    assert [line["model"] for line in frozen(story)["lines"]] == [printed, printed]


TITLE_LINES = [
    "购买方地址、电话：1 River Road 0571-5555 0101",
    "购买方开户行及账号：Harbour Bank 6200000000000001",
]


@pytest.mark.parametrize(
    ("profile", "lines"), [("alibaba", TITLE_LINES), ("standard", TITLE_LINES), ("baidu", [])]
)
def test_sc_45_both_boxes_are_ticked_where_the_profile_says_so_and_can_be_cleared(
    stage, profile, lines
):
    story = stage(profile)
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.paid_order("O2", "40.00")
    story.apply("A1", method="order", orders=["O1"], remarks="PO 7")
    story.apply("A2", method="order", orders=["O2"], remarks="PO 8", remark_parts=[])
    for ref in ("A1", "A2"):
        story.issue(ref)
    assert frozen(story)["remarks"].split("\n") == ["PO 7", *lines]
    assert frozen(story, "A2/1")["remarks"] == "PO 8"


def test_sc_45_wishes_are_warned_about_and_may_be_rejected(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    wish = {"account": "acme", "method": "order", "orders": ["O1"], "remarks": "urgent, please"}
    assert story.ask("preview", **wish)["warnings"] == [
        {"code": "irrelevant_remark", "words": ["urgent"]}
    ]
    story.do("apply", ref="A1", **wish)
    assert story.do("reject", application="A1", reason="irrelevant_remark") == {
        "status": "rejected"
    }
    assert story.application("A1").reason == "irrelevant_remark"
    assert story.open() == "60.00"


def test_sc_45_the_limit_counts_the_boxes_and_defaults_never_exceed_it(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    wish = {"account": "acme", "method": "order", "orders": ["O1"], "remarks": "x" * 200}
    both = ["address_phone", "bank_account"]
    refusal = story.refused("apply", ref="A1", **wish, remark_parts=both)
    assert refusal["refused"] == "remarks_too_long"
    story.do("apply", ref="A1", **wish)
    assert story.application("A1").remarks == "x" * 200


def test_each_month_of_its_own_invoice_is_named_on_it(stage):
    story = two_months(stage, "alibaba")
    months = ["2026-01", "2026-02"]
    story.apply("A1", method="month", months=months, separate=True)
    story.issue("A1")
    assert frozen(story)["remarks"].split("\n") == ["2026-01", *TITLE_LINES]
    assert frozen(story, "A1/2")["remarks"].split("\n")[0] == "2026-02"


def test_a_correction_prints_the_lines_of_the_new_title(stage):
    story = stage("alibaba")
    story.paid_order("O1", "60.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"], remarks="PO 7", model="none")
    story.issue("A1")
    names = {"type": "enterprise", "name": "Acme Ltd", "tax_id": "91330106MA2CFLT7XP"}
    story.do("title", ref="T2", account="acme", **names, address="9 Hill Road", phone="0571-1")
    story.do("reissue", ref="A2", invoice="A1/1", title="T2")
    corrected = story.application("A2")
    assert corrected.remarks.split("\n") == ["PO 7", "购买方地址、电话：9 Hill Road 0571-1"]
    assert corrected.model == "none"


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
def test_sc_46_confirming_twice_is_confirming_once(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    first = story.do("apply", **ask, idempotency_key="click")
    assert story.do("apply", **ask, idempotency_key="click") == first
    assert InvoiceApplication.objects.count() == 1
    ask["amount"] = "1.00"
    refusal = story.refused("apply", **ask, idempotency_key="click")
    assert refusal["refused"] == "reference_conflict"


def test_sc_47_the_stated_amount_is_approved(stage):
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
