"""Auto-invoicing for operators: settings, the runs of a month with their progress, rehearsals."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, amount
from accounts.models import CustomerAccount
from finance_console.kernel.calendar import month_of, previous_month
from finance_console.kernel.clock import moment
from invoicing.models import AutoInvoicing, AutoInvoicingRehearsal, AutoInvoicingRun
from invoicing.presenters.runs import reason_of_run
from invoicing.services.auto_waiting import Progress, progress

MONTHS = 13


@admin.register(AutoInvoicing)
class AutoInvoicingAdmin(FactAdmin):
    list_display = (
        "customer", "enabled", "pause_reason", "first_period", "title", "kind", "medium", "changed_at",
    )  # fmt: skip
    list_select_related = ("customer", "title")
    list_filter = ("enabled", "pause_reason", "kind", "medium")
    search_fields = ("customer__code", "customer__name")


class MonthFilter(admin.SimpleListFilter):
    """The last months, without looking for them among the rows."""

    title = _("month")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        month = month_of(moment(), timezone.get_default_timezone())
        months = []
        for _number in range(MONTHS):
            month = previous_month(month)
            months.append((month, month))
        return months

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(period=self.value()) if self.value() else queryset


@admin.register(AutoInvoicingRun)
class AutoInvoicingRunAdmin(FactAdmin):
    change_list_template = "admin/invoicing/auto_runs.html"
    list_display = (
        "customer", "period", "result", "why", amount("total", _("total")), "application", "ran_at",
    )  # fmt: skip
    list_select_related = ("customer", "application")
    list_filter = (MonthFilter, "result")
    search_fields = ("customer__code", "=period", "=reason")

    @admin.display(description=_("reason"))
    def why(self, run: AutoInvoicingRun) -> str:
        return reason_of_run(run.reason) or "-"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with how far the months that are due have come."""
        found: list[Progress] = progress(moment())
        return super().changelist_view(request, {**(extra_context or {}), "progress": found})


@admin.register(AutoInvoicingRehearsal)
class AutoInvoicingRehearsalAdmin(FactAdmin):
    """What the run would do: totals, the problems by reason, and who has them."""

    list_display = (
        "period", "rehearsed_at", "would_issue", "would_fail", "nothing", amount("total", _("total")),
    )  # fmt: skip
    fields = (
        "period", "rehearsed_at", "would_issue", "would_fail", "nothing", "total", "problems_shown",
    )  # fmt: skip
    readonly_fields = ("problems_shown",)

    @admin.display(description=_("problems by reason"))
    def problems_shown(self, rehearsal: AutoInvoicingRehearsal) -> SafeString:
        """Each reason with its number, and the first customers that have it."""
        codes = [code for one in rehearsal.problems.values() for code in one["customers"]]
        keys = dict(CustomerAccount.objects.filter(code__in=codes).values_list("code", "pk"))
        rows = [
            (one["count"], reason_of_run(reason), _links(one["customers"], keys))
            for reason, one in rehearsal.problems.items()
        ]
        if not rows:
            return format_html("{}", gettext("None."))
        return format_html_join("", "<p><strong>{} × {}</strong><br>{}</p>", rows)


def _links(codes: list[str], keys: dict[str, int]) -> SafeString:
    pages = (
        (reverse("admin:accounts_customeraccount_change", args=[keys[code]]), code)
        for code in codes
        if code in keys
    )
    return format_html_join(", ", '<a href="{}">{}</a>', pages)
