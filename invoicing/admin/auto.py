"""Auto-invoicing: settings, and one run per customer and month."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, amount
from invoicing.models import AutoInvoicing, AutoInvoicingRun


@admin.register(AutoInvoicing)
class AutoInvoicingAdmin(FactAdmin):
    list_display = ("customer", "enabled", "first_period", "title", "kind", "medium", "changed_at")
    list_select_related = ("customer", "title")
    list_filter = ("enabled", "kind", "medium")
    search_fields = ("customer__code", "customer__name")


@admin.register(AutoInvoicingRun)
class AutoInvoicingRunAdmin(FactAdmin):
    list_display = (
        "customer", "period", "result", "reason", amount("total", _("total")), "application", "ran_at",
    )  # fmt: skip
    list_select_related = ("customer", "application")
    list_filter = ("result",)
    search_fields = ("customer__code", "=period")
