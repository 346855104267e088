"""Customer accounts: opened and closed by services, read here."""

from django.contrib import admin

from accounts.admin.desk import Desk
from accounts.admin.facts import FactInline
from accounts.models import Address, Certification, CustomerAccount, RecipientEmail


class CertificationInline(FactInline):
    model = Certification
    fields = ("version", "kind", "name", "tax_id", "certified_at")
    ordering = ("-version",)


class AddressInline(FactInline):
    model = Address


class EmailInline(FactInline):
    model = RecipientEmail


@admin.register(CustomerAccount)
class CustomerAccountAdmin(Desk):
    list_display = ("code", "name", "kind", "status", "profile", "currency", "region", "created_at")
    list_filter = ("status", "kind", "profile", "currency")
    search_fields = ("code", "name")
    inlines = (CertificationInline, AddressInline, EmailInline)
