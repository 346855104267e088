"""Scenarios 8: marketplace, third parties, overseas."""

from tests.scenarios.stage import local


def test_sc_101_a_marketplace_order_waits_seven_days(stage):
    story = stage("baidu")
    story.do("product", ref="market", tax_key="T6", marketplace=True)
    story.paid_order("O1", "300.00", "2026-03-10 14:00", product="market")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    refusal = story.refused("apply", "2026-03-17 13:59:59", **ask)
    assert (refusal["refused"], refusal["available_at"]) == (
        "marketplace_wait",
        local("2026-03-17 14:00"),
    )
    found = story.ask("invoiceable", "2026-03-17 14:00", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("0.00", "300.00")
    assert story.do("apply", **ask)["total"] == "300.00"


def test_sc_104_the_payer_invoices_a_third_party_order(stage):
    story = stage("baidu")
    story.do("account", ref="agent", profile="baidu", name="Agent Ltd")
    story.do("recharge", "2026-03-01 10:00", account="agent", amount="1000.00")
    story.order("O1", "1000.00", payer="agent")
    assert story.open() == "0.00"
    assert story.ask("invoiceable", account="agent")["open"] == "1000.00"
    ask = {"ref": "A1", "method": "order", "orders": ["O1"]}
    refusal = story.refused("apply", account="acme", **ask)
    assert refusal["refused"] == "not_payer"
    assert "agent" in refusal["message"]
    assert story.do("apply", account="agent", **ask)["total"] == "1000.00"


def test_sc_110_overseas_gets_a_proforma_only(stage):
    story = stage("standard", region="HK")
    story.paid_order("O1", "100.00", "2026-03-01 10:00")
    refusal = story.refused("apply", ref="A1", account="acme", method="order", orders=["O1"])
    assert refusal["refused"] == "overseas_proforma_only"
    (action,) = story.ask("actions", account="acme")["actions"]
    assert (action["allowed"], action["reason"]) == (False, "overseas_proforma_only")
    assert story.open() == "100.00"


def test_an_account_without_certification_cannot_apply(stage):
    story = stage("standard", certified=False)
    story.paid_order("O1", "100.00", "2026-03-01 10:00")
    ask = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", **ask)["refused"] == "certification_required"
    story.do("certify", account="acme", name="Acme Ltd")
    assert story.do("apply", **ask)["total"] == "100.00"


def test_an_order_paid_with_vouchers_alone_has_nothing_to_invoice(stage):
    story = stage("alibaba")
    story.do("grant", "2026-03-01 10:00", account="acme", fund="voucher", amount="100.00")
    story.order("O1", "100.00")
    refusal = story.refused("apply", ref="A1", account="acme", method="order", orders=["O1"])
    assert refusal["refused"] == "not_invoiceable_fund"
