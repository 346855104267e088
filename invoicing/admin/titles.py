"""Invoice titles. Customers keep them; staff read them."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from invoicing.models import InvoiceTitle


@admin.register(InvoiceTitle)
class InvoiceTitleAdmin(FactAdmin):
    list_display = ("customer", "type", "name", "tax_id", "is_default")
    list_select_related = ("customer",)
    list_filter = ("type",)
    search_fields = ("name", "tax_id", "customer__code")
