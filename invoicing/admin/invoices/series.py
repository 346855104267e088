"""Number series: the last number given, per entity, kind, medium and year."""

from django.contrib import admin

from accounts.admin.facts import FactAdmin
from invoicing.models import NumberSeries


@admin.register(NumberSeries)
class NumberSeriesAdmin(FactAdmin):
    list_display = ("entity", "kind", "medium", "year", "last")
    list_select_related = ("entity",)
    list_filter = ("kind", "medium", "year")
