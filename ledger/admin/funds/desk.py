"""Funds in the admin: lots and codes are facts; staff grant funds, set credit limits and make codes."""

import csv
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.facts import FactAdmin, FactInline, amount, currency
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.admin.funds.forms import CodesForm, CreditForm, GrantForm
from ledger.models import ActivationCode, Lot, LotUse
from ledger.services.bills.credit_limits import set_credit_limit
from ledger.services.funds.granting import grant_by_staff
from ledger.services.funds.redeeming import create_codes
from ledger.services.operators import CONTROL

Act = Callable[[forms.Form, User], HttpResponse]


class ControllerAdmin(FactAdmin):
    """Facts, beside which those who control the books find forms that call a service."""

    change_list_template = "admin/ledger/funds_list.html"
    tools: tuple[tuple[str, Promise], ...] = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tools = self.tools if request.user.has_perm(CONTROL) else ()
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def form_page(
        self, request: HttpRequest, form_class: type[forms.Form], title: Any, act: Act
    ) -> HttpResponse:
        """Show the form, or do what it says. 403 without the right; a refusal is said in words."""
        if not request.user.has_perm(CONTROL):
            raise PermissionDenied
        assert isinstance(request.user, User)
        form = form_class(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                return act(form, request.user)
            except DomainError as error:
                form.add_error(None, sentence(error))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
        }
        return TemplateResponse(request, "admin/ledger/funds_form.html", context)


class LotUseInline(FactInline):
    model = LotUse
    fields = readonly_fields = ("transfer", "charge", amount("amount", gettext_lazy("amount")))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("transfer", "charge")


@admin.register(Lot)
class LotAdmin(ControllerAdmin):
    list_display = (
        "pk", "customer", "fund", amount("amount", gettext_lazy("amount")),
        amount("remaining", gettext_lazy("remaining")), currency, "received_at", "expires_at", "product", "entity",
    )  # fmt: skip
    list_select_related = ("customer", "product", "entity")
    list_filter = ("fund", "currency")
    search_fields = ("customer__code", "source__reference")
    inlines = (LotUseInline,)
    tools = (
        ("admin:ledger_lot_grant", gettext_lazy("Grant funds")),
        ("admin:ledger_lot_credit", gettext_lazy("Set a credit limit")),
    )

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("grant/", guard(self.grant_view), name="ledger_lot_grant"),
            path("credit/", guard(self.credit_view), name="ledger_lot_credit"),
            *super().get_urls(),
        ]

    def grant_view(self, request: HttpRequest) -> HttpResponse:
        """Give a customer vouchers, coupons, rebates or gift balance."""

        def act(form: forms.Form, by: User) -> HttpResponse:
            lot = grant_by_staff(**form.cleaned_data, by=by, at=moment())
            self.log_addition(request, lot, f"grant {lot.amount} {lot.currency} {lot.fund}")
            messages.success(request, _("The funds are granted."))
            return redirect("admin:ledger_lot_changelist")

        return self.form_page(request, GrantForm, _("Grant funds"), act)

    def credit_view(self, request: HttpRequest) -> HttpResponse:
        """Set how far below zero a customer's cash may go."""

        def act(form: forms.Form, by: User) -> HttpResponse:
            customer = set_credit_limit(**form.cleaned_data, by=by, at=moment())
            self.log_change(request, customer, f"credit limit {customer.credit_limit}")
            messages.success(request, _("The credit limit is set."))
            return redirect("admin:ledger_lot_changelist")

        return self.form_page(request, CreditForm, _("Set a credit limit"), act)


@admin.register(ActivationCode)
class ActivationCodeAdmin(ControllerAdmin):
    list_display = (
        "__str__", "fund", amount("amount", gettext_lazy("amount")), currency, "valid_until", "days", "created_by",
        "created_at", "redeemed_at",
    )  # fmt: skip
    list_select_related = ("created_by",)
    list_filter = ("fund", "currency")
    search_fields = ("=hint",)
    fields = (
        "hint", "fund", "amount", "currency", "valid_until", "days", "product", "entity", "created_by", "created_at",
        "redeemed_at", "lot",
    )  # fmt: skip
    tools = (("admin:ledger_activationcode_create", gettext_lazy("Make activation codes")),)

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.create_view)
        return [path("create/", page, name="ledger_activationcode_create"), *super().get_urls()]

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Make codes; the answer is a CSV file with them, the only time they can be read."""

        def act(form: forms.Form, by: User) -> HttpResponse:
            codes = create_codes(**form.cleaned_data, by=by, at=moment())
            answer = HttpResponse(content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = 'attachment; filename="activation-codes.csv"'
            answer["Cache-Control"] = "no-store"
            csv.writer(answer).writerows([["code"], *([code] for code in codes)])
            return answer

        return self.form_page(request, CodesForm, _("Make activation codes"), act)
