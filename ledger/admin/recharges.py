"""Recharges, and taking a wrong one back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.facts import FactAdmin, amount, currency
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.models import Recharge
from ledger.services.operators import CONTROL
from ledger.services.recharges.reversing import reverse_recharge


class ReasonForm(forms.Form):
    """Why; the customer reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("The customer reads it in a message."),
    )


@admin.register(Recharge)
class RechargeAdmin(FactAdmin):
    list_display = (
        "transfer", "customer", amount("amount", gettext_lazy("amount")), currency, "channel", "paid_at",
        "reversed_at",
    )  # fmt: skip
    list_select_related = ("customer", "transfer")
    list_filter = ("channel", "currency")
    search_fields = ("transfer__reference", "customer__code")
    change_form_template = "admin/ledger/recharge_change.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reverse_view)
        return [
            path("<int:pk>/reverse/", view, name="ledger_recharge_reverse"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = {"may_reverse": request.user.has_perm(CONTROL)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})

    def reverse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, then take it back. Reading the page changes nothing."""
        if not request.user.has_perm(CONTROL) or not isinstance(request.user, User):
            raise PermissionDenied
        recharge = Recharge.objects.select_related("customer", "transfer").filter(pk=pk).first()
        if recharge is None:
            raise Http404
        form = ReasonForm(request.POST if request.method == "POST" else None, label_suffix="")
        if form.is_valid():
            return self._reverse(request, recharge, request.user, form.cleaned_data["reason"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Reverse a recharge"),
            "recharge": recharge,
            "form": form,
        }
        return TemplateResponse(request, "admin/ledger/reverse.html", context)

    def _reverse(
        self, request: HttpRequest, recharge: Recharge, by: User, reason: str
    ) -> HttpResponse:
        try:
            reverse_recharge(recharge=recharge, reason=reason, by=by, at=moment())
        except DomainError as error:
            if error.code == "not_permitted":
                raise PermissionDenied from error
            messages.error(request, sentence(error))
            return redirect("admin:ledger_recharge_reverse", recharge.pk)
        messages.success(request, _("The recharge is reversed."))
        if self.has_view_permission(request):
            return redirect("admin:ledger_recharge_change", recharge.pk)
        return redirect(reverse("admin:index"))
