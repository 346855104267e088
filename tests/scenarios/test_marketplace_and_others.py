"""Marketplace, third parties, overseas."""

from datetime import date

import pytest

from invoicing.models import InvoiceableItem
from invoicing.presenters.selection import Provider
from invoicing.presenters.selection import provider as provider_of
from ledger.models import InvoicingEntity, ProductRoute, TaxCategory
from tests.doors.console import confirm, fields, text
from tests.scenarios.stage import local
from tests.scenarios.test_tickets import browser, freeze


def test_sc_101_a_marketplace_order_waits_seven_days(stage):  # B10, B11
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


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_102_the_provider_has_a_document_of_its_own_even_under_the_same_key(stage, profile):
    # B12
    story = stage(profile)
    story.do("product", ref="market", tax_key="S6", marketplace=True)
    story.paid_order("O1", "300.00", "2026-03-10 14:00", product="market")
    story.paid_order("O2", "106.00", "2026-03-10 15:00")
    story.do("advance", to="2026-03-17 14:00")
    seen = story.ask("preview", account="acme", method="order", orders=["O1", "O2"])
    assert [invoice["gross"] for invoice in seen["invoices"]] == ["106.00", "300.00"]


def test_sc_104_the_payer_invoices_a_third_party_order(stage):  # B14, B15, C28
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
    assert story.waiting() == [("not_payer", "1000.00")]
    (action,) = story.ask("actions", account="acme")["actions"]
    assert (action["allowed"], action["reason"]) == (False, "not_payer")
    assert "Ask your agent" in action["message"]
    assert story.do("apply", account="agent", **ask)["total"] == "1000.00"


def beneficiaries(stage, **account):
    """A profile in which whoever uses an order invoices it, though an agent paid."""
    story = stage("baidu")
    rules = {"third_party_paid_right": "beneficiary"}
    story.do("profile", name="partner", base="alibaba", set=rules)
    story.do("account", ref="agent", profile="partner", name="Agent Ltd")
    story.do("account", ref="user", profile="partner", name="User Ltd", **account)
    story.do("recharge", "2026-03-01 10:00", account="agent", amount="1000.00")
    story.order("O1", "1000.00", account="user", payer="agent")
    return story


def test_sc_104_where_the_right_is_the_beneficiarys_the_user_invoices(stage):
    story = beneficiaries(stage)
    assert story.ask("invoiceable", account="agent")["open"] == "0.00"
    assert story.ask("invoiceable", account="agent")["waiting"] == []
    assert story.ask("invoiceable", account="user")["open"] == "1000.00"
    ask = {"ref": "A1", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", account="agent", **ask)["refused"] == "not_beneficiary"
    assert story.do("apply", account="user", **ask)["total"] == "1000.00"
    story.issue("A1")


def test_the_deficit_of_a_beneficiary_is_its_own_and_the_money_goes_back_to_the_payer(stage):
    story = beneficiaries(stage)
    story.do("apply", ref="A1", account="user", method="order", orders=["O1"])
    story.issue("A1")
    story.do("recharge", account="user", amount="80.00")
    story.do("refund", order="O1", amount="50.00")
    assert story.ask("balance", account="agent")["withdrawable"] == "50.00"
    assert story.ask("invoiceable", account="user")["deficit"] == "50.00"
    assert story.ask("balance", account="user")["withdrawable"] == "30.00"


def test_sc_102_the_providers_document_is_separate_and_questions_go_to_it(stage, monkeypatch):
    # K16
    story = stage("alibaba")
    story.do("product", ref="market", tax_key="C6", marketplace=True)
    url = "https://provider.example/help"
    InvoicingEntity.objects.filter(tax_categories__content="C6").update(support_url=url)
    story.recharge("300.00", "2026-03-10 09:00")
    story.order("O1", "100.00")
    story.order("O2", "200.00", product="market")
    found = story.ask("invoiceable", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("100.00", "200.00")
    seen = story.ask("preview", account="acme", method="order", orders=["O1", "O2"])
    assert [(row["entity"], row["gross"]) for row in seen["invoices"]] == [
        ("I1", "100.00"),
        ("I2", "200.00"),
    ]
    freeze(monkeypatch, story)
    page = browser(story).get("invoices/new/?method=order").content.decode()
    assert page.count(f'href="{url}"') == 1
    sources = [item.source for item in InvoiceableItem.objects.order_by("pk")]
    asked = confirm(browser(story), method="order", source=sources).content.decode()
    assert f'href="{url}"' in asked
    assert "Questions: ask" in asked


@pytest.mark.parametrize("own", [True, False])
def test_k01_kingsoft_states_cloud_and_marketplace_side_by_side(stage, monkeypatch, own):
    story = stage("kingsoft")
    key = "T6" if own else "C6"
    story.do("product", ref="market", tax_key=key, marketplace=True, self_operated=own)
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.paid_order("O2", "60.00", product="market")
    found = story.ask("invoiceable", "2026-04-04 00:00", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("150.00", "60.00")
    freeze(monkeypatch, story)
    page = text(browser(story).get("invoices/new/"))
    assert "cloud 150.00, marketplace 60.00" in page
    wish = {"method": "month", "months": ["2026-03"]}
    refusal = story.refused("apply", ref="A1", account="acme", **wish, confirm_amount="150.00")
    assert (refusal["refused"], "210.00" in refusal["message"]) == ("confirm_amount_changed", True)
    assert len(story.apply("A1", **wish, confirm_amount="210.00")["invoices"]) == 2 - own


def test_k03_who_invoices_follows_the_route_and_the_cut_over_day(stage):
    story = stage("kingsoft", start="2020-10-01 00:00")
    story.do("product", ref="market", tax_key="T6", marketplace=True)
    product = story.story.find("product", "market")
    provider = TaxCategory.objects.get(content="C6")
    ProductRoute.objects.create(
        product=product, tax_category=provider, valid_from=date(2020, 10, 29)
    )
    provider.entity.support_url = "https://provider.example"
    provider.entity.save()
    story.paid_order("O1", "100.00", "2020-10-28 23:59:59", product="market")
    story.paid_order("O2", "200.00", "2020-10-29 00:00:00", product="market")
    wish = {"account": "acme", "method": "month", "months": ["2020-10"]}
    seen = story.ask("preview", "2020-11-04 00:00", **wish)
    assert [(row["entity"], row["gross"]) for row in seen["invoices"]] == [
        ("I1", "100.00"),
        ("I2", "200.00"),
    ]
    items = InvoiceableItem.objects.select_related("charge__product", "entity", "customer")
    sellers = [provider_of(item) for item in items.order_by("paid_at")]
    assert sellers == [None, Provider(provider.entity.name, "https://provider.example")]


@pytest.mark.parametrize("profile", ["alibaba", "baidu", "standard"])
def test_sc_112_an_ineligible_domain_transaction_is_listed_but_cannot_be_selected(
    stage, monkeypatch, profile
):  # A57
    story = stage(profile)
    story.do("product", ref="domain", tax_key="T6")
    story.do("product", ref="domain-transfer", tax_key="T6", invoiceable=False)
    story.paid_order("O1", "60.00", "2026-03-01 10:00", product="domain")
    story.paid_order("O2", "40.00", product="domain-transfer")
    assert (story.open(), story.waiting()) == ("60.00", [("not_eligible", "40.00")])
    refusal = story.refused("apply", ref="A1", account="acme", method="order", orders=["O2"])
    assert refusal["refused"] == "not_eligible"
    freeze(monkeypatch, story)
    numbers = [item.source for item in InvoiceableItem.objects.order_by("pk")]
    page = browser(story).get(f"invoices/new/?method=order&q={numbers[1]}")
    assert "Purchases that cannot be invoiced here: contact sales" in text(page)
    assert f"topic=eligibility&amp;about={numbers[1]}" in page.content.decode()
    assert "source" not in fields(page)
    assert f'value="{numbers[0]}"' not in page.content.decode()
    found = browser(story).get(f"invoices/new/?method=order&q={numbers[0]}")
    assert f'value="{numbers[0]}" data-amount="60.00"' in found.content.decode()


def test_k14_what_cannot_be_taken_back_says_what_to_do_instead(stage):
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    wish = {"method": "month", "months": ["2026-03"], "confirm_amount": "150.00"}
    story.apply("A1", "2026-04-04 00:00", **wish)
    refusal = story.refused("cancel", application="A1")
    assert refusal["refused"] == "wrong_state"
    assert "Once you have the invoice, return it" in refusal["message"]
    offered = story.ask("actions", application="A1")["actions"]
    (action,) = (row for row in offered if row["action"] == "cancel")
    assert (action["reason"], action["message"]) == ("wrong_state", refusal["message"])


def test_sc_110_overseas_gets_a_proforma_only(stage):
    story = stage("standard", region="HK")
    story.paid_order("O1", "100.00", "2026-03-01 10:00")
    refusal = story.refused("apply", ref="A1", account="acme", method="order", orders=["O1"])
    assert refusal["refused"] == "overseas_proforma_only"
    (action,) = story.ask("actions", account="acme")["actions"]
    assert (action["allowed"], action["reason"]) == (False, "overseas_proforma_only")
    assert story.open() == "100.00"


def test_an_account_without_certification_cannot_apply(stage):  # B01
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


@pytest.mark.parametrize("own", [True, False])
def test_b10_whoever_operates_it_the_marketplace_has_its_own_total_and_waits_seven_days(stage, own):
    story = stage("baidu")
    story.do("product", ref="market", tax_key="T6", marketplace=True, self_operated=own)
    story.paid_order("O1", "100.00", "2026-03-10 14:00", product="market")
    found = story.ask("invoiceable", "2026-03-17 13:59:59", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("0.00", "0.00")
    found = story.ask("invoiceable", "2026-03-17 14:00:00", account="acme")
    assert (found["open"], found["marketplace_open"]) == ("0.00", "100.00")


def test_k03_without_a_route_the_day_decides_who_takes_an_invoice_back(stage):
    story = stage("kingsoft", start="2020-10-01 00:00")
    story.do("product", ref="market", tax_key="C6", marketplace=True)
    InvoicingEntity.objects.filter(tax_categories__content="C6").update(
        support_url="https://provider.example"
    )
    for ref, day, month in (("O1", "2020-10-28", "2020-10"), ("O2", "2020-11-29", "2020-11")):
        story.paid_order(ref, "100.00", f"{day} 10:00", product="market")
        story.do("advance", to=f"2020-{int(month[-2:]) + 1}-05 09:00")
        name = f"A{ref[-1]}"
        story.apply(name, method="month", months=[month], confirm_amount="100.00")
        story.issue(name)
    asked = {"ref": "CR1", "reason": "issue_error"}
    assert story.do("request_credit", invoice="A1/1", **asked) == {"status": "awaiting_original"}
    refusal = story.refused("request_credit", invoice="A2/1", **asked | {"ref": "CR2"})
    assert refusal["refused"] == "ask_provider"
