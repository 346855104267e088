"""What people write is what the search of staff finds: numbers, customer numbers, names (B17)."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.admin.facts import NUMBER
from accounts.models import CustomerAccount
from invoicing.services.crediting import requests
from tests.builders import at, make_story, make_user
from tests.doors import admin_data
from tests.doors.console import sign_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """An issued application with a credit request."""
    story = make_story("standard", name="Northern Light Ltd")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    return story


def test_b17_numbers_and_names_are_found_as_people_write_them(story):
    asked = story.issue(story.ask("2026-03-02 09:00", amount="60.00"), "2026-03-02 10:00")
    other = story.ask("2026-03-02 11:00", amount="40.00")
    invoice = asked.invoices.get()
    credit = requests.request_credit(
        invoice=invoice,
        reason="issue_error",
        actor=story.user,
        at=at("2026-03-03 09:00"),
        idempotency_key="C",
    )
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    def found(name, term):
        page = client.get(reverse(f"admin:{name}_changelist"), {"q": term})
        return [row.pk for row in page.context["cl"].result_list]

    assert found("invoicing_invoiceapplication", asked.number) == [asked.pk]
    assert found("invoicing_invoiceapplication", invoice.number) == [asked.pk]
    assert found("invoicing_invoiceapplication", "Northern Light") == [other.pk, asked.pk]
    for term in (credit.number, "Northern Light", story.customer.code):
        assert found("invoicing_creditrequest", term) == [credit.pk]
    assert found("invoicing_creditrequest", "CR-00999999") == []


OF_NOBODY = {
    "AutoInvoicingRehearsal", "BankFormat", "BankStatement", "Group", "InvoicingEntity", "NumberSeries", "PeriodLock", "Product", "SignInAttempt",
    "ProfileVersion", "Reconciliation", "TaxCategory", "User", "WorkdayOverride",
}  # fmt: skip
"""What belongs to no customer."""
WRITTEN = ("number", "reference", "token", "code", "sku")
"""Columns that hold what people call a row by."""


def everybody():
    """The page of every model for an administrator, and one row of each."""
    admin_data.everything(0)
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    def found(model, term):
        page = client.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            {"q": term},
        )
        return {row.pk for row in page.context["cl"].result_list}

    return found


def test_b17_every_list_is_searched_by_the_number_and_the_name_of_the_customer():
    found, missing = everybody(), []
    for model, shown in admin.site._registry.items():
        paths = getattr(shown, "customers", ())
        if model is CustomerAccount:
            paths = ("pk",)
        if not paths:
            assert model.__name__ in OF_NOBODY
        for path in paths:
            row = model._default_manager.exclude(**{path: None}).order_by("-pk").first()
            if row is None:
                missing.append((model.__name__, path))
                continue
            key = model._default_manager.filter(pk=row.pk).values_list(path, flat=True).get()
            customer = CustomerAccount.objects.get(pk=key)
            for term in (customer.code, customer.name):
                assert row.pk in found(model, term), (model.__name__, path, term)
    assert set(missing) <= {
        ("CustomerAccount", "parent"), ("Invoice", "member"), ("ActivationCode", "lot__customer"),
        ("BankLine", "recharge__customer"), ("InvoiceFile", "credit_note__request__customer"),
    }  # fmt: skip


def test_b17_every_number_is_found_in_the_list_of_what_it_is():
    found = everybody()
    for model, shown in admin.site._registry.items():
        row = model._default_manager.order_by("-pk").first()
        if NUMBER.fullmatch(str(row)):
            assert row.pk in found(model, str(row).lower()), str(row)
        for field in (field.name for field in model._meta.concrete_fields):
            if field in WRITTEN and getattr(row, field):
                assert row.pk in found(model, str(getattr(row, field))), (model.__name__, field)
        for prefix, path in getattr(shown, "numbered", {}).items():
            one = model._default_manager.exclude(**{path: None}).order_by("-pk").first()
            if one is not None:
                key = model._default_manager.filter(pk=one.pk).values_list(path, flat=True).get()
                assert one.pk in found(model, f"{prefix}-{key:08d}"), (model.__name__, prefix)


def test_b24_customers_are_advised_to_ask_their_own_finance_people(story):
    page = sign_in(story).get("invoices/new/confirm/?method=amount&amount=100.00")
    assert "your own finance people know: ask them first" in text(page)
