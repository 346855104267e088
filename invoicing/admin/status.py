"""The log of status changes."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from invoicing.models import StatusChange


@admin.register(StatusChange)
class StatusChangeAdmin(FactAdmin):
    list_display = ("at", "application", "invoice", "before", "after", "actor", "reason")
    list_select_related = ("application", "invoice", "actor")
    list_filter = ("after",)
    search_fields = ("=application__id", "invoice__number", "reason")
