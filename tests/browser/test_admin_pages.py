"""Every page of the administration, seen once each by axe, on a phone and by keyboard."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.admin.facts import FactAdmin
from accounts.models import CustomerAccount, User
from invoicing.models import Invoice, InvoiceTitle, ProfileVersion
from invoicing.services.crediting import requests
from ledger.models import BankLine, Order, Recharge
from tests import bank_files
from tests.browser.walk import (
    NARROW,
    WIDE,
    Faults,
    Visit,
    axe_violations,
    faults,
    phone_faults,
    present,
    walk,
)
from tests.builders import at, make_story
from tests.doors import admin_data

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("still_clock"),
]
PARTS = 3
OWN = (
    "accounts_customeraccount_close",
    "accounts_customeraccount_profile",
    "invoicing_invoice_credit",
    "invoicing_invoice_ship",
    "invoicing_invoice_to_ship",
    "invoicing_invoice_tracking",
    "invoicing_invoiceapplication_late",
    "invoicing_invoiceapplication_queue",
    "invoicing_invoicetitle_old_number",
    "invoicing_paperreturn_register",
    "invoicing_profileversion_edit",
    "invoicing_profileversion_new",
    "ledger_activationcode_create",
    "ledger_adjustment_new",
    "ledger_bankformat_define",
    "ledger_bankformat_waiting",
    "ledger_bankline_decide",
    "ledger_bankline_desk",
    "ledger_bankstatement_upload",
    "ledger_hold_place",
    "ledger_lot_credit",
    "ledger_lot_grant",
    "ledger_order_preview",
    "ledger_periodlock_new",
    "ledger_recharge_reverse",
    "ledger_ledgeraccount_trial_balance",
    "ledger_usagebatch_upload",
)
"""Pages of our own besides the lists and the pages of rows."""
STOCK = ("_add", "_changelist", "_change", "_delete", "_history")
NO_PAGE = ("_do", "_file", "_download", "_details")
"""Posted to, or files."""
COMMON = ("#header", "#nav-sidebar")
DJANGOS_OWN = (".tabular thead", ".selector")
"""Markup of Django: columns of inlines without words; the two boxes of rights to choose from, and their hints."""
POSTED = {
    "accounts_ticket_answer",
    "accounts_ticket_close",
    "invoicing_creditrequest_original",
    "invoicing_invoice_import_tracking",
    "invoicing_invoiceapplication_address",
    "invoicing_invoiceapplication_retry",
    "invoicing_invoicecopy_grant",
    "invoicing_proforma_make",
    "invoicing_proforma_seal",
    "ledger_bankformat_approve",
    "ledger_bankstatement_import",
    "ledger_hold_lift",
    "ledger_usagebatch_import",
}


def everything() -> None:
    """One row of everything, and what waits for somebody: paper to ship, to come back, to be reviewed."""
    admin_data.everything(0)
    admin_data.pending()
    story = make_story("standard", "云帆印刷示例信息技术服务有限公司青岛高新区第二分公司")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("600.00", "2026-03-01 10:00")
    for amount in ("100.00", "200.00"):
        asked = story.ask("2026-03-02 09:00", amount=amount, medium="paper")
        story.issue(asked, "2026-03-02 10:00")
    requests.request_credit(
        invoice=Invoice.objects.latest("pk"), reason="sales_return", actor=story.user, at=at("2026-03-03 09:00"),
        idempotency_key="C",
    )  # fmt: skip


def visits(by: User) -> list[Visit]:
    """Every list, the page of a row of each, and our own pages."""
    return [Visit(by, path) for path in (*stock_pages(), *own_pages())]


def stock_pages() -> Iterable[str]:
    """What the framework makes for each model."""
    yield reverse("admin:index")
    for model, how in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("-pk").first()
        assert row is not None, f"no {model.__name__} in the data"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[row.pk])
        if not isinstance(how, FactAdmin):
            yield reverse(f"{name}_add")


def own_pages() -> Iterable[str]:
    """The pages of `OWN`, and other states of the pages of rows."""
    line = BankLine.objects.filter(status="unmatched").latest("pk")
    customer = CustomerAccount.objects.latest("pk")
    arguments = {
        "accounts_customeraccount_close": [customer.pk],
        "accounts_customeraccount_profile": [customer.pk],
        "invoicing_invoice_credit": [Invoice.objects.filter(status="issued").latest("pk").pk],
        "invoicing_invoice_ship": [
            Invoice.objects.filter(ship_due_at__isnull=False).latest("pk").pk
        ],
        "invoicing_invoicetitle_old_number": [InvoiceTitle.objects.latest("pk").pk],
        "invoicing_profileversion_edit": [ProfileVersion.objects.latest("pk").pk],
        "invoicing_profileversion_new": ["alibaba"],
        "ledger_bankline_decide": [line.pk],
        "ledger_order_preview": [Order.objects.latest("pk").pk, "unsubscribe"],
        "ledger_recharge_reverse": [Recharge.objects.latest("pk").pk],
    }
    for name in OWN:
        yield reverse(f"admin:{name}", args=arguments.get(name))


def test_every_address_of_the_administration_is_known():
    ours = {
        pattern.name
        for resolver in admin.site.get_urls()
        for pattern in getattr(resolver, "url_patterns", ())
        if pattern.name and not pattern.name.endswith((*STOCK, *NO_PAGE))
    }
    assert ours - POSTED == set(OWN)


def look(page: Any) -> Faults:
    """On a wide and on a small screen.

    What all pages have in common is looked at on the first one alone; colours, which take axe the longest, on our own
    pages and on those of one model: all others are made of the same parts.
    """
    common = () if page.url.endswith("/admin/") else COMMON
    axe = partial(axe_violations, page, exclude=(*common, *DJANGOS_OWN))
    found = {"axe": axe(rules={"color-contrast": {"enabled": False}})}
    if page.locator("body.desk, body.dashboard, body.model-user").count():
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found[f"{theme} colours"] = axe(runOnly=["color-contrast"])
    page.set_viewport_size(NARROW)
    found |= phone_faults(page)
    page.set_viewport_size(WIDE)
    return present(found)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_suits_everybody(chromium, live_server, part):
    everything()
    pages = visits(admin_data.administrator())[part::PARTS]
    assert faults(walk(chromium, live_server, pages, locale="en-US"), look) == {}


def test_what_follows_a_form_suits_everybody(chromium, live_server):
    """Previews of files, and forms that were sent empty."""
    everything()
    paper = Invoice.objects.filter(ship_due_at__isnull=False).latest("pk")
    statement = bank_files.csv_file(bank_files.csv_line("B-9", "7.00", payer="云帆印刷有限公司"))
    files = {
        "ledger_bankstatement_upload": statement,
        "invoicing_invoice_tracking": f"invoice number,tracking number\n{paper.number},SF10001\nunknown,SF10002\n",
    }
    empty = ("ledger_hold_place", "ledger_lot_grant", "invoicing_paperreturn_register")
    by, found = admin_data.administrator(), {}
    sent = [Visit(by, reverse(f"admin:{name}")) for name in (*files, *empty)]
    for (visit, page), name in zip(
        walk(chromium, live_server, sent), (*files, *empty), strict=True
    ):
        if name in files:
            file = {"name": "file.csv", "mimeType": "text/csv", "buffer": files[name].encode()}
            page.set_input_files("[type=file]", file)
        page.locator("main .desk-button.primary").first.click()
        page.wait_for_load_state()
        assert page.locator("#preview, .desk-refusal").count(), visit
        found |= {f"{visit} {kind}": wrong for kind, wrong in look(page).items()}
    assert found == {}
