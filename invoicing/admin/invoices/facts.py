"""Invoices with their lines and files."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, coded, currency
from invoicing.admin.invoices.crediting import CreditingPages
from invoicing.admin.invoices.details import DetailsAdmin
from invoicing.admin.invoices.files import download_link
from invoicing.admin.review.page import WHY
from invoicing.admin.shipping import ShippingPages
from invoicing.admin.status import AFTER, BEFORE
from invoicing.models import Claim, Invoice, InvoiceFile, InvoiceLine, StatusChange


class LineInline(FactInline):
    model = InvoiceLine
    fields = readonly_fields = (
        "position", "tax_code", "content", "rate", amount("net", _("net")), amount("tax", _("tax")),
        amount("gross", _("total")),
    )  # fmt: skip


class FileInline(FactInline):
    model = InvoiceFile
    fields = readonly_fields = ("format", "size", "sha256", "rendered_at", "download")

    @admin.display(description=_("file"))
    def download(self, row: InvoiceFile) -> str:
        return download_link("admin:invoicing_invoicefile_download", row)


class ChangeInline(FactInline):
    model = StatusChange
    fields = readonly_fields = ("at", BEFORE, AFTER, "actor", "reason")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor")


@admin.register(Invoice)
class InvoiceAdmin(CreditingPages, ShippingPages, DetailsAdmin):
    list_display = (
        "number", "application", "entity", "kind", "medium", amount("net", _("net")),
        amount("tax", _("tax")), amount("gross", _("total")), currency, "status", "invoice_date",
    )  # fmt: skip
    list_display_links = ("number", "application")
    coded = {"why": coded("why", _("why it is separate"), WHY)}
    list_select_related = ("application", "entity")
    list_filter = ("status", "kind", "medium", "currency")
    search_fields = ("number", "=application__id")
    customer_through = ("application__customer",)
    numbered = {"APP": "application__id"}
    inlines = (LineInline, FileInline, ChangeInline)


@admin.register(Claim)
class ClaimAdmin(FactAdmin):
    list_display = ("line", "item", amount("amount", _("amount")))
    list_select_related = ("line", "item")
    search_fields = ("item__source", "line__invoice__number")
    customer_through = ("item__customer",)
    numbered = {"APP": "line__invoice__application__id"}
