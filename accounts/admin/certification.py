"""Certifications: versions of who a customer is. History, never edited (SC-25)."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from accounts.models import Certification


@admin.register(Certification)
class CertificationAdmin(FactAdmin):
    list_display = ("customer", "version", "kind", "name", "tax_id", "certified_at")
    list_select_related = ("customer",)
    list_filter = ("kind",)
    search_fields = ("name", "tax_id", "customer__code")
