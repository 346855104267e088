"""The books: accounts, transfers and their entries."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from ledger.admin.books.trial import trial_page
from ledger.models import Entry, LedgerAccount, Transfer


@admin.register(LedgerAccount)
class LedgerAccountAdmin(FactAdmin):
    list_display = (
        "customer", "bucket", "entity", amount("balance", _("balance")), currency, "version",
    )  # fmt: skip
    list_select_related = ("customer", "entity")
    list_filter = ("bucket", "currency")
    search_fields = ("customer__code", "customer__name")
    change_list_template = "admin/ledger/control_list.html"

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("trial-balance/", guard(self.trial_view), name="ledger_trial_balance"),
            *super().get_urls(),
        ]

    def trial_view(self, request: HttpRequest) -> HttpResponse:
        """The sum over all customers, debits beside credits."""
        return trial_page(request, self.admin_site)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        link = reverse("admin:ledger_trial_balance")
        extra = {"new_link": link, "new_words": _("Trial balance"), **(extra_context or {})}
        return super().changelist_view(request, extra)


class EntryInline(FactInline):
    model = Entry
    fields = readonly_fields = (
        "account", amount("amount", _("amount")), amount("balance_after", _("balance after")), "version",
    )  # fmt: skip


@admin.register(Transfer)
class TransferAdmin(FactAdmin):
    list_display = ("reference", "kind", "customer", "effective_at", "created_at")
    list_select_related = ("customer",)
    list_filter = ("kind",)
    search_fields = ("reference", "customer__code")
    inlines = (EntryInline,)


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    list_display = (
        "transfer", "account", "local_date", amount("amount", _("amount")),
        amount("balance_after", _("balance after")), currency, "version",
    )  # fmt: skip
    list_select_related = ("transfer", "account")
    list_filter = ("account__bucket", "currency")
    search_fields = ("transfer__reference", "customer__code")
