"""Funds in the admin: lots and codes are facts; staff grant funds, set credit limits and make codes."""

import csv
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.admin.facts import FactInline, amount, currency
from accounts.models import User
from ledger.admin.funds.forms import CodesForm, CreditForm, GrantForm
from ledger.models import ActivationCode, Lot, LotUse
from ledger.services.bills.credit_limits import set_credit_limit
from ledger.services.funds.granting import grant_by_staff
from ledger.services.funds.redeeming import create_codes
from ledger.services.operators import CONTROL


class LotUseInline(FactInline):
    model = LotUse
    fields = readonly_fields = ("transfer", "charge", amount("amount", gettext_lazy("amount")))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("transfer", "charge")


@admin.register(Lot)
class LotAdmin(Desk):
    list_display = (
        "pk", "customer", "fund", amount("amount", gettext_lazy("amount")),
        amount("remaining", gettext_lazy("remaining")), currency, "received_at", "expires_at", "product", "entity",
    )  # fmt: skip
    list_select_related = ("customer", "product", "entity")
    list_filter = ("fund", "currency")
    search_fields = ("customer__code", "source__reference")
    numbered = {"FD": "id"}
    inlines = (LotUseInline,)
    permission = CONTROL
    routes = (
        Route(address="grant/", view="grant_view", name="grant"),
        Route(address="credit/", view="credit_view", name="credit"),
    )
    tools = (
        ("grant", gettext_lazy("Grant funds")),
        ("credit", gettext_lazy("Set a credit limit")),
    )

    def grant_view(self, request: HttpRequest) -> HttpResponse:
        """Give a customer vouchers, coupons, rebates or gift balance."""
        form = GrantForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            lot = grant_by_staff(**form.cleaned_data, by=by, at=at)
            self.log_addition(request, lot, f"grant {lot.amount} {lot.currency} {lot.fund}")
            return _("The funds are granted.")

        done = self.fill(request, form, act, to=self.url("changelist"))
        title = _("Grant funds")
        return done or self.show(request, "admin/desk/form.html", title=title, form=form)

    def credit_view(self, request: HttpRequest) -> HttpResponse:
        """Set how far below zero a customer's cash may go."""
        form = CreditForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            customer = set_credit_limit(**form.cleaned_data, by=by, at=at)
            self.log_change(request, customer, f"credit limit {customer.credit_limit}")
            return _("The credit limit is set.")

        done = self.fill(request, form, act, to=self.url("changelist"))
        title = _("Set a credit limit")
        return done or self.show(request, "admin/desk/form.html", title=title, form=form)


@admin.register(ActivationCode)
class ActivationCodeAdmin(Desk):
    list_display = (
        "__str__", "fund", amount("amount", gettext_lazy("amount")), currency, "valid_until", "days", "created_by",
        "created_at", "redeemed_at",
    )  # fmt: skip
    list_select_related = ("created_by",)
    list_filter = ("fund", "currency")
    search_fields = ("=hint",)
    customer_through = ("lot__customer",)
    fields = (
        "hint", "fund", "amount", "currency", "valid_until", "days", "product", "entity", "created_by", "created_at",
        "redeemed_at", "lot",
    )  # fmt: skip
    permission = CONTROL
    routes = (Route(address="create/", view="create_view", name="create"),)
    tools = (("create", gettext_lazy("Make activation codes")),)

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Make codes; the answer is a CSV file with them, the only time they can be read."""
        form, codes = CodesForm(request.POST or None, label_suffix=""), list[str]()

        def act(by: User, at: datetime) -> str:
            codes.extend(create_codes(**form.cleaned_data, by=by, at=at))
            return _("The codes are made: the file is the only place where they can be read.")

        if done := self.fill(request, form, act, to=self.url("changelist")):
            return (
                _codes_file(codes) if codes else done
            )  # sent again: nothing is made, nothing told
        title = _("Make activation codes")
        return self.show(request, "admin/desk/form.html", title=title, form=form)


def _codes_file(codes: Iterable[str]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="activation-codes.csv"'
    answer["Cache-Control"] = "no-store"
    csv.writer(answer).writerows([["code"], *([code] for code in codes)])
    return answer
