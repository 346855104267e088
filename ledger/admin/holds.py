"""Holds in the admin: what is held and why; staff hold money with a reason, and lift it again."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, amount, coded, currency
from accounts.models import CustomerAccount, User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.forms.payouts import AmountField
from ledger.models import Hold
from ledger.services.payouts.holding import PERMISSION, lift_hold, place_hold

LIST = "admin:ledger_hold_changelist"


class HoldForm(forms.Form):
    """Whose money, how much of it, why, and for what."""

    customer = forms.CharField(label=gettext_lazy("customer number"), max_length=32)
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

    def clean_customer(self) -> CustomerAccount:
        found = CustomerAccount.objects.filter(code=self.cleaned_data["customer"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        return found

    def clean_source(self) -> str:
        return f"staff:{self.cleaned_data['source'].strip()}"


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


@admin.register(Hold)
class HoldAdmin(FactAdmin):
    """Whoever may change holds places and lifts them, never for an account of their own."""

    change_list_template = "admin/ledger/holds.html"
    change_form_template = "admin/ledger/hold.html"
    coded: ClassVar = {"reason": REASON}
    list_display = (
        "customer", REASON, amount("amount", gettext_lazy("amount")), currency, "source", "placed_at", "lifted_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = (ActiveFilter, "currency")
    search_fields = ("customer__code", "customer__name", "source")

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("place/", guard(self.place_view), name="ledger_hold_place"),
            path("<int:pk>/lift/", guard(require_POST(self.lift_view)), name="ledger_hold_lift"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = {"may_hold": request.user.has_perm(PERMISSION)}
        return super().changelist_view(request, {**(extra_context or {}), **may})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One hold; with the right, and while staff hold it, the button that lifts it."""
        found = self.get_object(request, object_id)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if found is None:
            raise Http404
        lifts = request.user.has_perm(PERMISSION) and _is_of_staff(found) and not found.lifted_at
        context = {**(extra_context or {}), "lifts": lifts}
        return super().change_view(request, object_id, form_url, context)

    def place_view(self, request: HttpRequest) -> HttpResponse:
        """Hold money. Reading the page changes nothing."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        assert isinstance(request.user, User)
        form = HoldForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                place_hold(**form.cleaned_data, by=request.user, at=moment())
            except DomainError as error:
                form.add_error(None, sentence(error))
            else:
                messages.success(request, _("The hold is placed."))
                return redirect(LIST)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Hold money"),
            "form": form,
        }
        return TemplateResponse(request, "admin/ledger/place_hold.html", context)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold of staff. What the system holds is lifted by what clears it. POST only."""
        found = self.get_object(request, str(pk))
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if found is None or not _is_of_staff(found):
            raise Http404
        assert isinstance(request.user, User)
        try:
            lift_hold(customer=found.customer, source=found.source, by=request.user, at=moment())
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, _("The hold is lifted."))
        return redirect(LIST)


def _is_of_staff(hold: Hold) -> bool:
    return hold.source.startswith("staff:")
