"""Prepaid orders."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, amount, currency
from ledger.models import Order


@admin.register(Order)
class OrderAdmin(FactAdmin):
    list_display = (
        "number", "customer", "payer", "tax_category", amount("amount", _("amount")), currency, "status",
        "paid_at", "delivered_at",
    )  # fmt: skip
    list_select_related = ("customer", "payer", "tax_category")
    list_filter = ("status", "currency")
    search_fields = ("number", "customer__code")
