"""Bills with their lines."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from ledger.models import Bill, BillLine

LINE = (
    "tax_category", "product", "exact", "rounding", amount("amount", _("amount")),
    amount("credit", _("credit")), amount("payable", _("payable")),
)  # fmt: skip


class BillLineInline(FactInline):
    model = BillLine
    fields = readonly_fields = LINE

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("tax_category", "product")


@admin.register(Bill)
class BillAdmin(FactAdmin):
    list_display = (
        "number", "customer", "kind", "period", amount("total", _("total")), currency, "status",
        "generated_at", "settled_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = ("status", "kind", "currency")
    search_fields = ("number", "customer__code", "period")
    inlines = (BillLineInline,)
