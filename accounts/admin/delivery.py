"""Where invoices go. Customers keep these themselves; staff read them."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from accounts.models import Address, RecipientEmail


@admin.register(Address)
class AddressAdmin(FactAdmin):
    list_display = ("customer", "recipient", "phone", "line", "is_default")
    list_select_related = ("customer",)
    search_fields = ("recipient", "customer__code")


@admin.register(RecipientEmail)
class RecipientEmailAdmin(FactAdmin):
    list_display = ("customer", "email", "is_default")
    list_select_related = ("customer",)
    search_fields = ("email", "customer__code")
