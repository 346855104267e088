"""What becomes invoiceable, and when."""

from decimal import Decimal

import pytest

from invoicing.models import InvoiceableItem
from tests.scenarios.stage import ALL, local


@pytest.mark.parametrize("profile", ALL)
def test_sc_01_a_recharge_is_not_invoiceable(stage, profile):  # A14, A15, B02, B03, K04
    story = stage(profile)
    story.recharge("100.00", "2026-03-01 09:00")
    assert (story.open(), story.ask("items", account="acme")["items"]) == ("0.00", [])
    assert story.refused("apply", ref="A0", account="acme", method="month", months=["2026-03"])[
        "refused"
    ] == ("nothing_selected")
    story.order("O1", "60.00", "2026-03-01 10:00")
    assert story.ask("balance", account="acme")["cash"] == "40.00"
    if profile == "kingsoft":
        assert story.open() == "0.00"
        assert story.ask("invoiceable", account="acme")["waiting"] == [
            {
                "reason": "not_yet_available",
                "amount": "60.00",
                "available_at": local("2026-04-04 00:00"),
            }
        ]
        assert story.open("2026-04-04 00:00") == "60.00"
    assert story.open() == "60.00"
    story.invoice_everything("A1", "2026-03")
    assert story.faces("A1") == [("56.60", "3.40", "60.00")]
    assert story.ask("balance", account="acme")["cash"] == "40.00"


def test_sc_02_prepaid_waits_for_delivery(stage):  # B04, B06, C03
    story = stage("baidu")
    story.paid_order("O1", "500.00", "2026-03-01 10:00", delivered=False)
    assert (story.open("2026-03-01 10:02"), story.waiting()) == (
        "0.00",
        [("resource_pending", "500.00")],
    )
    refusal = story.refused("apply", ref="A1", account="acme", method="order", orders=["O1"])
    assert refusal["refused"] == "resource_pending"
    story.do("deliver", "2026-03-01 10:03:20", order="O1")
    assert (story.open(), story.waiting()) == ("500.00", [])


def test_sc_03_a_failed_delivery_leaves_nothing_invoiceable(stage):
    story = stage("baidu")
    story.paid_order("O1", "500.00", "2026-03-01 10:00", delivered=False)
    assert story.ask("balance", account="acme")["cash"] == "0.00"
    story.do("fail_delivery", "2026-03-01 10:05", order="O1")
    assert story.ask("balance", account="acme")["cash"] == "500.00"
    assert (story.open(), story.deficit(), story.waiting()) == ("0.00", "0.00", [])
    assert not InvoiceableItem.objects.exclude(available_at=None).exists()
    assert story.refused("deliver", order="O1")["refused"] == "wrong_state"


def test_sc_04_prepaid_is_invoiceable_at_payment(stage):  # A17, C03
    story = stage("alibaba")
    story.paid_order("O1", "500.00", "2026-03-01 10:00", delivered=False)
    assert story.open() == "500.00"


def test_sc_05_coupon_and_rebate_are_excluded(stage):  # B09, C22
    story = stage("baidu")
    story.recharge("200.00", "2026-03-01 09:00")
    story.do("grant", account="acme", fund="coupon", amount="20.00")
    story.do("grant", account="acme", fund="rebate", amount="10.00")
    paid = story.order("O1", "100.00")
    assert paid == {
        "cash": "70.00",
        "funds": {"voucher": "0.00", "coupon": "20.00", "rebate": "10.00", "gift": "0.00"},
    }
    assert (story.open(), story.waiting()) == ("70.00", [("not_invoiceable_fund", "30.00")])
    refusal = story.refused(
        "apply", ref="A1", account="acme", method="order", orders=["O1"], amount="70.01"
    )
    assert refusal["refused"] == "insufficient_invoiceable"


def test_sc_06_voucher_and_gift_are_excluded(stage):  # K06, C22
    story = stage("kingsoft", name="Acme Ltd")
    story.recharge("150.00", "2026-02-10 09:00")
    story.do("grant", account="acme", fund="voucher", amount="20.00")
    story.do("grant", account="acme", fund="gift", amount="30.00")
    story.order("O1", "200.00")
    assert story.open("2026-03-04 00:00") == "150.00"
    assert story.waiting() == [("not_invoiceable_fund", "50.00")]


@pytest.mark.parametrize(
    ("paid", "available"),
    [
        ("2026-03-31 23:59:59", "2026-04-01 10:00:00"),
        ("2026-04-01 00:00:00", "2026-04-02 10:00:00"),
        ("2028-02-28 12:00:00", "2028-02-29 10:00:00"),
        ("2026-12-31 23:00:00", "2027-01-01 10:00:00"),
    ],
)
def test_sc_07_postpaid_unlocks_at_ten_the_next_day(stage, paid, available):  # B05, B07, C01, R34
    story = stage("baidu")
    story.recharge("45.00", paid)
    assert story.do("bill", ref="B1", account="acme", tax_key="S6", amount="45.00") == {
        "settled": True
    }
    assert story.item("B1")["available_at"] == local(available)
    before = available.replace("10:00:00", "09:59:59")
    refusal = story.refused(
        "apply", before, ref="A1", account="acme", method="order", orders=["B1"]
    )
    assert (refusal["refused"], refusal["available_at"]) == ("not_yet_available", local(available))
    assert story.open() == "0.00"
    assert story.open(available) == "45.00"


def test_sc_08_the_whole_formula(stage):  # B08, B30
    story = stage("baidu")
    story.paid_order("O0", "120.00", "2026-03-01 10:00")
    story.apply("A0", method="order", orders=["O0"])
    story.issue("A0")
    story.do("refund", order="O0", amount="120.00")
    assert story.deficit() == "120.00"
    story.recharge("1000.00", "2026-03-09 12:00")
    story.do("bill", ref="B1", account="acme", tax_key="S6", amount="200.00")
    story.do("bill", "2026-03-10 10:30", ref="B2", account="acme", tax_key="S6", amount="50.00")
    story.order("O1", "700.00")
    found = story.ask("invoiceable", "2026-03-10 11:00", account="acme")
    assert (found["open"], found["deficit"]) == ("780.00", "0.00")
    assert found["waiting"] == [
        {
            "reason": "not_yet_available",
            "amount": "50.00",
            "available_at": local("2026-03-11 10:00"),
        }
    ]
    explained = {row["code"]: row["amount"] for row in found["explanation"]}
    assert (explained["prepaid_cash"], explained["postpaid_cash"]) == ("820.00", "200.00")
    assert (explained["refunded"], explained["invoiced"]) == ("-120.00", "-120.00")
    assert sum(Decimal(amount) for amount in explained.values()) == Decimal("780.00")


def test_sc_10_usage_around_midnight_of_month_end(stage):
    story = stage("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.do("usage", "2026-03-31 23:30", account="acme", tax_key="S6", amount="12.00")
    story.do("usage", "2026-04-01 00:10", account="acme", tax_key="S6", amount="8.00")
    assert story.open("2026-04-02 12:00") == "0.00"
    assert story.waiting() == [("bill_not_generated", "12.00"), ("bill_not_generated", "8.00")]
    assert story.do("close_month", "2026-04-03 12:00", month="2026-03") == {"bills": 1}
    assert (story.open(), story.waiting()) == ("12.00", [("bill_not_generated", "8.00")])
    assert story.do("close_month", month="2026-03") == {"bills": 1}
    assert story.open("2026-05-02 23:59:59") == "12.00"
    assert story.open("2026-05-03 00:00") == "20.00"


def test_sc_11_a_bill_counts_when_it_is_settled_in_full(stage):  # A16, C01, D08
    story = stage("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.do("usage", "2026-03-15 12:00", account="acme", tax_key="S6", amount="300.00")
    assert story.open("2026-04-10 08:59:59") == "0.00"
    assert story.ask("balance", account="acme")["cash"] == "100.00"
    assert story.waiting() == [("bill_not_settled", "300.00")]
    refusal = story.refused(
        "apply", ref="A1", account="acme", method="order", orders=["acme/2026-03"]
    )
    assert refusal["refused"] == "bill_not_settled"
    story.recharge("500.00", "2026-04-10 09:00")
    assert story.ask("balance", account="acme")["cash"] == "300.00"
    assert story.open() == "300.00"


def test_sc_12_december_is_billed_in_january_under_its_own_month(stage):
    story = stage("alibaba")
    story.recharge("60.00", "2026-12-01 09:00")
    story.do("usage", "2026-12-31 10:00", account="acme", tax_key="S6", amount="60.00")
    assert story.open("2027-01-02 23:59:59") == "0.00"
    assert story.open("2027-01-03 00:00") == "60.00"
    bill = story.customer.bills.get()
    assert (bill.period, bill.generated_at.isoformat()) == ("2026-12", "2027-01-02T16:00:00+00:00")


def test_sc_13_strictly_after_the_third(stage):  # K05, C01, D09
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-02-10 09:00")
    ask = {"account": "acme", "method": "month", "months": ["2026-02"], "confirm_amount": "150.00"}
    refusal = story.refused("apply", "2026-03-03 12:00", ref="A1", **ask)
    assert (refusal["refused"], refusal["available_at"]) == (
        "not_yet_available",
        local("2026-03-04 00:00"),
    )
    assert story.do("apply", "2026-03-04 00:00", ref="A1", **ask)["total"] == "150.00"


def test_sc_15_only_subscriptions_delivered_after_january_2018(stage):  # K08, C02
    story = stage("kingsoft", start="2018-01-01 00:00")
    story.paid_order("O1", "100.00", "2018-01-31 12:00")
    story.paid_order("O2", "200.00", "2018-02-01 12:00")
    story.recharge("300.00")
    story.do("bill", ref="B1", account="acme", tax_key="S6", amount="300.00")
    assert story.open("2018-03-04 00:00") == "200.00"
    assert story.waiting() == [("not_eligible", "400.00")]
    refusal = story.refused(
        "apply",
        ref="A1",
        account="acme",
        method="month",
        months=["2018-01"],
        confirm_amount="100.00",
    )
    assert refusal["refused"] == "not_eligible"


def test_sc_16_explaining_zero(stage):  # A56
    story = stage("alibaba")
    story.do("usage", "2026-03-15 12:00", account="acme", tax_key="S6", amount="45.00")
    found = story.ask("invoiceable", account="acme")
    assert found["open"] == "0.00"
    assert found["waiting"] == [
        {
            "reason": "bill_not_generated",
            "amount": "45.00",
            "available_at": local("2026-04-03 00:00"),
        }
    ]
    (action,) = story.ask("actions", account="acme")["actions"]
    assert (action["action"], action["allowed"], action["reason"]) == (
        "apply",
        False,
        "bill_not_generated",
    )


@pytest.mark.parametrize("profile", ALL)
def test_sc_17_prices_are_tax_inclusive(stage, profile):  # A19
    story = stage(profile)
    story.recharge("328.00", "2026-03-01 09:00")
    for n, (amount, key) in enumerate([("106.00", "S6"), ("109.00", "M9"), ("113.00", "H13")]):
        story.order(f"O{n}", amount, tax_key=key)
    assert story.ask("balance", account="acme")["cash"] == "0.00"
    story.invoice_everything("A1", "2026-03")
    assert sorted(story.faces("A1")) == [
        ("100.00", "13.00", "113.00"),
        ("100.00", "6.00", "106.00"),
        ("100.00", "9.00", "109.00"),
    ]


@pytest.mark.parametrize("profile", ALL)
def test_sc_18_the_smallest_document_is_one_cent(stage, profile):  # B33, C34
    story = stage(profile)
    story.paid_order("O1", "0.01", "2026-03-01 09:00")
    story.do("advance", to="2026-04-04 00:00")
    ask = {"account": "acme", "method": "month", "months": ["2026-03"]}
    refusal = story.refused("apply", ref="A0", **ask, amount="0.00", confirm_amount="0.00")
    assert refusal["refused"] == "below_minimum"
    story.do("apply", ref="A1", **ask, confirm_amount="0.01")
    story.issue("A1")
    assert story.faces("A1") == [("0.01", "0.00", "0.01")]
