"""Auto-invoicing for operators: settings, the runs of a month with their progress, rehearsals."""

from collections.abc import Iterable
from typing import Any

import structlog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import person_with
from accounts.admin.facts import FactAdmin, amount
from accounts.models import CustomerAccount
from finance_console.doors.refusals import sentence
from finance_console.kernel.calendar import month_of, previous_month
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.models import AutoInvoicing, AutoInvoicingRehearsal, AutoInvoicingRun
from invoicing.presenters.auto import reason_of_run
from invoicing.services.auto.running import BROKEN, PAUSED, RETRY, run_again
from invoicing.services.auto.waiting import Progress, progress

MONTHS, AT_ONCE = 13, 100
USUAL = (
    PAUSED, "insufficient_amount", "deficit_not_covered", "no_recipient", "registration_mismatch",
    "title_incomplete", "tax_id_invalid",
)  # fmt: skip
log = structlog.get_logger(__name__)


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


class ReasonFilter(admin.SimpleListFilter):
    """Why months failed, without looking for it among the rows; parked ones broke the run itself."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(BROKEN, gettext("Parked")), *((code, reason_of_run(code)) for code in USUAL)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(AutoInvoicingRun)
class AutoInvoicingRunAdmin(FactAdmin):
    """The runs; failed and parked months can be tried again by whoever may change runs."""

    change_list_template = "admin/invoicing/auto_runs.html"
    list_display = (
        "customer", "period", "result", "why", amount("total", _("total")), "application", "ran_at",
    )  # fmt: skip
    list_select_related = ("customer", "application")
    list_filter = (MonthFilter, "result", ReasonFilter)
    search_fields = ("customer__code", "=period", "=reason")
    numbered = {"APP": "application__id"}
    actions = ("try_again",)

    @admin.display(description=_("reason"))
    def why(self, run: AutoInvoicingRun) -> str:
        return reason_of_run(run.reason) or "-"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """The rows stay read-only."""
        return request.user.has_perm(RETRY)

    @admin.action(description=_("Try failed months again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[AutoInvoicingRun]) -> None:
        """The chosen ones that failed, each in its own transaction, at most `AT_ONCE` of them."""
        by = person_with(request, RETRY)
        failed = queryset.filter(result=AutoInvoicingRun.Result.FAILED).order_by("pk")
        done = 0
        for run in failed.select_related("customer")[:AT_ONCE]:
            name = f"{run.customer} {run.period}"
            try:
                run_again(customer=run.customer, period=run.period, by=by, at=moment())
            except DomainError as error:
                messages.error(request, f"{name}: {sentence(error)}")
            except Exception:
                log.exception("auto_invoicing_broken", customer=run.customer_id, period=run.period)
                messages.error(request, f"{name}: {reason_of_run(BROKEN)}")
            else:
                done += 1
        words = ngettext("%(count)d month is done.", "%(count)d months are done.", done)
        messages.info(request, words % {"count": done})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with how far the months that are due have come."""
        shown: list[Progress] = progress(moment())
        return super().changelist_view(request, {**(extra_context or {}), "progress": shown})


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
        codes = [code for problem in rehearsal.problems.values() for code in problem["customers"]]
        keys = dict(CustomerAccount.objects.filter(code__in=codes).values_list("code", "pk"))
        rows = [
            (problem["count"], reason_of_run(reason), _links(problem["customers"], keys))
            for reason, problem in rehearsal.problems.items()
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
