"""Invoiceable items and the offsets between them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, amount, coded, coded_filter, currency
from invoicing.models import InvoiceableItem, Offset
from invoicing.presenters.amounts import WAITING

MODES = {"prepaid": _("Prepaid"), "postpaid": _("Pay as you go")}


@admin.register(InvoiceableItem)
class InvoiceableItemAdmin(FactAdmin):
    list_display = (
        "source", "customer", "entity", "period", amount("cash", _("paid in cash")),
        amount("refunded", _("refunded")), amount("reserved", _("applied for")),
        amount("invoiced", _("invoiced")), amount("net", _("open")), currency, "available_at",
    )  # fmt: skip
    list_select_related = ("customer", "entity")
    coded = {
        "mode": coded("mode", _("mode"), MODES),
        "waiting_reason": coded("waiting_reason", _("waits, or waited, for"), WAITING),
    }
    list_filter = (coded_filter("mode", _("mode"), MODES), "marketplace", "currency")
    search_fields = ("source", "customer__code", "=period")


@admin.register(Offset)
class OffsetAdmin(FactAdmin):
    list_display = (
        "deficit_item",
        "item",
        amount("amount", _("amount")),
        "application",
        "made_at",
        "undone_at",
    )
    list_select_related = ("deficit_item", "item", "application")
    search_fields = ("deficit_item__source", "item__source")
    customer_through = ("item__customer",)
    numbered = {"APP": "application__id"}
