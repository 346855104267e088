"""The books: accounts, transfers and their entries."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route
from accounts.admin.facts import FactAdmin, FactInline, amount, currency, number
from ledger.admin.books.trial import trial_page
from ledger.models import Entry, LedgerAccount, Transfer
from ledger.queries.documents import Document, documents
from ledger.services.operators import CONTROL


@admin.register(LedgerAccount)
class LedgerAccountAdmin(Desk):
    list_display = (
        "customer", "bucket", "entity", amount("balance", _("balance")), currency, "version",
    )  # fmt: skip
    list_select_related = ("customer", "entity")
    list_filter = ("bucket", "currency")
    search_fields = ("customer__code", "customer__name")
    permission = CONTROL
    routes = (
        Route(
            address="trial-balance/",
            view="trial_view",
            name="trial_balance",
            permission="",
            only="GET",
        ),
    )
    tools = (("trial_balance", _("Trial balance")),)

    def trial_view(self, request: HttpRequest) -> HttpResponse:
        """The sum over all customers, debits beside credits."""
        return self.show(request, "admin/ledger/trial_balance.html", **trial_page(request.GET))


class EntryInline(FactInline):
    model = Entry
    fields = readonly_fields = (
        "account", amount("amount", _("amount")), amount("balance_after", _("balance after")), "version",
    )  # fmt: skip


class Documented(ChangeList):
    """A page of transfers or entries, with the documents that they are about read at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        transfers = [transfer_of(row) for row in self.result_list]
        known = documents(transfers)
        for transfer in transfers:
            transfer.known = known.get(transfer.pk)


def transfer_of(row: Any) -> Any:
    return row if isinstance(row, Transfer) else row.transfer


@admin.display(description=_("document"))
def document(row: Transfer | Entry) -> str:
    """What people call what it is about, as a link to its page; "-" where there is no document."""
    transfer: Any = transfer_of(row)
    if not hasattr(transfer, "known"):
        transfer.known = documents([transfer]).get(transfer.pk)
    known: Document | None = transfer.known
    if known is None:
        return "-"
    model, pk = known.row
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:ledger_{model}_change", args=[pk]), known.number
    )


@admin.register(Transfer)
class TransferAdmin(FactAdmin):
    list_display = (number, document, "kind", "customer", "effective_at", "created_at")
    list_select_related = ("customer",)
    list_filter = ("kind",)
    search_fields = ("=id", "reference", "customer__code")
    numbered = {"TR": "id"}
    fields: ClassVar[Any] = (document, "kind", "customer", "reverses", "effective_at", "created_at")
    readonly_fields: ClassVar[Any] = (document,)
    inlines = (EntryInline,)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Documented


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    list_display = (
        document, "transfer", "account", "local_date", amount("amount", _("amount")),
        amount("balance_after", _("balance after")), currency, "version",
    )  # fmt: skip
    list_select_related = ("transfer", "account")
    list_filter = ("account__bucket", "currency")
    list_display_links = ("transfer",)
    search_fields = ("transfer__reference", "customer__code")
    numbered = {"TR": "transfer__id"}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Documented
