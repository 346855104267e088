"""Imported usage files and metered usage."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin, currency
from ledger.models import UsageBatch, UsageRecord


@admin.register(UsageBatch)
class UsageBatchAdmin(FactAdmin):
    list_display = ("name", "customer", "lines", "total", currency, "imported_at")
    list_select_related = ("customer",)
    search_fields = ("name", "sha256", "customer__code")


@admin.register(UsageRecord)
class UsageRecordAdmin(FactAdmin):
    list_display = (
        "customer",
        "tax_category",
        "product",
        "amount",
        currency,
        "used_at",
        "period",
        "bill_line",
    )
    list_select_related = ("customer", "tax_category", "product", "bill_line")
    list_filter = ("currency",)
    search_fields = ("customer__code", "=period")
