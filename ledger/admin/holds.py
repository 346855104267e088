"""Holds in the admin: what is held and why; staff hold money with a reason, and lift it again."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.admin.facts import amount, coded, currency
from accounts.models import User
from finance_console.doors.fields import AmountField
from ledger.admin.funds.forms import CustomerField
from ledger.models import Hold
from ledger.services.payouts.holding import PERMISSION, lift_hold, place_hold

STAFF = "staff:"
"""How the source of a hold of staff begins."""


class HoldForm(forms.Form):
    """Whose money, how much of it, why, and for what."""

    customer = CustomerField(label=gettext_lazy("customer number"), max_length=32)
    amount = AmountField(
        label=gettext_lazy("amount"),
        required=False,
        max_length=24,
        help_text=gettext_lazy("Empty: everything."),
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=40,
        help_text=gettext_lazy("The customer reads it."),
    )
    source = forms.CharField(
        label=gettext_lazy("held for"),
        max_length=70,
        help_text=gettext_lazy("The case or ticket. The same again replaces the hold."),
    )

    def clean_source(self) -> str:
        return STAFF + str(self.cleaned_data["source"]).strip()


class ActiveFilter(admin.SimpleListFilter):
    title, parameter_name = gettext_lazy("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("active", gettext_lazy("In force")), ("lifted", gettext_lazy("Lifted"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in {"active", "lifted"}:
            return queryset.filter(lifted_at__isnull=self.value() == "active")
        return queryset


# What the system holds for has a code; what staff hold for is in their own words.
REASON = coded("reason", gettext_lazy("reason"), {"deficit": gettext_lazy("deficit of an invoice")})


@admin.display(description=gettext_lazy("held for"), ordering="source")
def held_for(hold: Hold) -> str:
    """The case as staff wrote it; what the system holds for is said by the reason."""
    return hold.source.removeprefix(STAFF) if _is_of_staff(hold) else "-"


@admin.register(Hold)
class HoldAdmin(Desk):
    """Whoever may change holds places and lifts them, never for an account of their own."""

    change_form_template = "admin/ledger/hold.html"
    coded: ClassVar = {"reason": REASON, "source": held_for}
    list_display = (
        "customer", REASON, amount("amount", gettext_lazy("amount")), currency, held_for, "placed_at", "lifted_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = (ActiveFilter, "currency")
    search_fields = ("customer__code", "customer__name", "source")
    permission = PERMISSION
    routes = (
        Route(address="place/", view="place_view", name="place"),
        Route(address="<int:pk>/lift/", view="lift_view", name="lift", only="POST"),
    )
    tools = (("place", gettext_lazy("Hold money")),)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One hold; with the right, and while staff hold it, the button that lifts it."""
        hold = self.opened(request, object_id)
        lifts = self.may_act(request) and _is_of_staff(hold) and not hold.lifted_at
        context = {**(extra_context or {}), "lifts": lifts}
        return super().change_view(request, object_id, form_url, context)

    def place_view(self, request: HttpRequest) -> HttpResponse:
        """Hold money. Reading the page changes nothing."""
        form = HoldForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            place_hold(**form.cleaned_data, by=by, at=at)
            return _("The hold is placed.")

        done = self.fill(request, form, act, to=self.url("changelist"))
        return done or self.show(
            request, "admin/desk/form.html", title=_("Hold money"), button=_("Hold it"), form=form
        )

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold of staff. What the system holds is lifted by what clears it. POST only."""
        hold = self.row(pk)
        if not _is_of_staff(hold):
            raise Http404

        def act(by: User, at: datetime) -> str:
            lift_hold(customer=hold.customer, source=hold.source, by=by, at=at)
            return _("The hold is lifted.")

        return self.carry_out(request, act, to=self.url("changelist"), about=hold)


def _is_of_staff(hold: Hold) -> bool:
    return hold.source.startswith(STAFF)
