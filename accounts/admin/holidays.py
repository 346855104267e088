"""The working-day calendar: the data behind every promise in working days, kept by operators."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import QuickListAdmin
from accounts.models import WorkdayOverride
from accounts.queries.workdays import years_without_holidays
from finance_console.kernel.clock import moment

MISSING = _(
    "The working-day calendar has no holidays for %(year)s: promises in working days count every "
    "Monday to Friday. Enter them as soon as they are announced."
)


def warn_of_missing_years(request: HttpRequest) -> None:
    """A warning on this page for each of this and the next year that has no data. One query."""
    for year in years_without_holidays(moment()):
        messages.warning(request, MISSING % {"year": year})


@admin.register(WorkdayOverride)
class WorkdayOverrideAdmin(QuickListAdmin):
    """Holidays, and weekends on which people work. Everything else is Monday to Friday.

    A promise that was made keeps its date: what is entered here counts from now on.
    """

    list_display = ("day", "works", "name")
    list_filter = ("works",)
    search_fields = ("name", "day")
    ordering = ("-day",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong day may be taken out, one at a time."""
        return obj is not None and super(QuickListAdmin, self).has_delete_permission(request, obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        warn_of_missing_years(request)
        return super().changelist_view(request, extra_context)
