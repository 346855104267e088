"""Online payments with the calls of their channels, and dedicated accounts."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from ledger.models import DedicatedAccount, Payment, PaymentEvent


class EventInline(FactInline):
    model = PaymentEvent
    fields = readonly_fields = ("channel", "event_id", "outcome", "received_at")


@admin.register(Payment)
class PaymentAdmin(FactAdmin):
    list_display = (
        "token", "customer", "channel", amount("amount", _("amount")), currency, "status",
        "created_at", "paid_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = ("status", "channel", "currency")
    search_fields = ("token", "customer__code")
    inlines = (EventInline,)


@admin.register(DedicatedAccount)
class DedicatedAccountAdmin(FactAdmin):
    list_display = ("number", "customer")
    list_select_related = ("customer",)
    search_fields = ("number", "customer__code", "customer__name")
