"""Recharges, and taking a wrong one back."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.admin.facts import amount, currency
from accounts.models import User
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
class RechargeAdmin(Desk):
    list_display = (
        "transfer", "customer", amount("amount", gettext_lazy("amount")), currency, "channel", "paid_at",
        "reversed_at",
    )  # fmt: skip
    list_select_related = ("customer", "transfer")
    list_filter = ("channel", "currency")
    search_fields = ("transfer__reference", "customer__code")
    numbered = {"RC": "id"}
    change_form_template = "admin/ledger/recharge_change.html"

    routes = (
        Route(address="<int:pk>/reverse/", view="reverse_view", name="reverse", permission=CONTROL),
    )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = {"may_reverse": self.may_open(request, "reverse")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})

    def reverse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, then take it back. Reading the page changes nothing."""
        recharge = self.row(pk)
        form = ReasonForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            reason = form.cleaned_data["reason"]
            reverse_recharge(recharge=recharge, reason=reason, by=by, at=at)
            return _("The recharge is reversed.")

        if request.method == "POST" and form.is_valid():
            page, back = self.url("change", pk), self.url("reverse", pk)
            return self.carry_out(request, act, to=page, back=back, about=recharge)
        title = _("Reverse a recharge")
        return self.show(
            request, "admin/ledger/reverse.html", title=title, recharge=recharge, form=form
        )
