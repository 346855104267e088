"""The log of changes, to read."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from accounts.models import AuditRecord


@admin.register(AuditRecord)
class AuditRecordAdmin(FactAdmin):
    list_display = ("at", "customer", "action", "about", "actor", "before", "after")
    list_select_related = ("customer", "actor")
    list_filter = ("action",)
    search_fields = ("about", "customer__code")
