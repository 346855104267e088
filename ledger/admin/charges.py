"""Charges: what was paid, out of which funds, and what went back."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from accounts.models import CustomerAccount
from ledger.models import Charge, ChargeFunding, Refund


class FundingInline(FactInline):
    model = ChargeFunding
    fields = readonly_fields = ("fund", amount("amount", _("amount")))


class RefundInline(FactInline):
    model = Refund
    fields = readonly_fields = ("refunded_at", "reason", amount("amount", _("amount")))


@admin.register(Charge)
class ChargeAdmin(FactAdmin):
    list_display = (
        "pk", "customer", "order", "bill_line", amount("amount", _("amount")),
        amount("cash", _("paid in cash")), amount("refunded", _("refunded")), currency, "period", "paid_at",
    )  # fmt: skip
    list_select_related = ("customer", "order", "bill_line")
    list_filter = ("currency",)
    search_fields = ("order__number", "bill_line__bill__number", "customer__code")
    inlines = (FundingInline, RefundInline)


@admin.register(Refund)
class RefundAdmin(FactAdmin):
    list_display = (
        "source", "customer", "reason", amount("amount", _("amount")), "refunded_at", "transfer",
    )  # fmt: skip
    list_select_related = (
        "charge__order",
        "charge__bill_line__bill",
        "charge__customer",
        "transfer",
    )
    list_filter = ("reason",)
    search_fields = ("transfer__reference", "charge__order__number", "charge__customer__code")
    customer_through = ("charge__customer",)

    @admin.display(description=_("order or bill"))
    def source(self, row: Refund) -> str:
        """What was refunded, by the number people know."""
        charge = row.charge
        if charge.order:
            return charge.order.number
        return charge.bill_line.bill.number if charge.bill_line else "-"

    @admin.display(description=_("back to"))
    def customer(self, row: Refund) -> CustomerAccount:
        return row.charge.customer
