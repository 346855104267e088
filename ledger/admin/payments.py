"""Online payments with the calls of their channels, and dedicated accounts."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from ledger.models import DedicatedAccount, Lot, Payment, PaymentEvent


class EventInline(FactInline):
    model = PaymentEvent
    fields = readonly_fields = ("channel", "event_id", "outcome", "received_at")


class LeftFilter(admin.SimpleListFilter):
    """Payments on closed accounts whose money is still there: it belongs to the customer."""

    title, parameter_name = _("left over"), "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Paid, on a closed account"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() != "yes":
            return queryset
        there = Lot.objects.filter(source=OuterRef("recharge__transfer"), remaining__gt=0)
        return queryset.filter(Exists(there), status="paid", customer__status="closed")


@admin.register(Payment)
class PaymentAdmin(FactAdmin):
    list_display = (
        "token", "customer", "channel", amount("amount", _("amount")), currency, "status",
        "created_at", "paid_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = (LeftFilter, "status", "channel", "currency")
    search_fields = ("token", "customer__code")
    inlines = (EventInline,)


@admin.register(DedicatedAccount)
class DedicatedAccountAdmin(FactAdmin):
    list_display = ("number", "customer")
    list_select_related = ("customer",)
    search_fields = ("number", "customer__code", "customer__name")
