"""Originals that came back by mail: the list, and registering one by its invoice number (K24)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.models import User
from invoicing.models import Invoice, PaperReturn
from invoicing.services.crediting import originals, rules

PARTS = [
    ("invoice", gettext_lazy("Invoice form, undamaged")),
    ("deduction", gettext_lazy("Deduction form, undamaged")),
    ("rejection", gettext_lazy("Invoice rejection certificate, stamped")),
]


class ReturnForm(forms.Form):
    """What lay in the envelope, and who paid for it."""

    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=20)
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What came back"),
        choices=PARTS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "A general invoice has the invoice form, a special one the deduction form too. The certificate comes where the rules of the customer ask for it."
        ),
    )
    freight_collect = forms.BooleanField(
        label=gettext_lazy("The carrier wants us to pay for it"), required=False
    )

    def clean_number(self) -> Invoice:
        """The invoice itself."""
        invoice = Invoice.objects.filter(number=self.cleaned_data["number"].strip()).first()
        if invoice is None:
            raise forms.ValidationError(_("There is no invoice with this number."))
        return invoice


class WaitsFilter(admin.SimpleListFilter):
    """Originals that nobody has asked a credit note for yet."""

    title, parameter_name = gettext_lazy("waits for"), "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("request", gettext_lazy("The online request"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(request=None) if self.value() == "request" else queryset


@admin.register(PaperReturn)
class PaperReturnAdmin(Desk):
    """Originals that came back; one without a request awaits the customer's application (K24)."""

    permission = rules.DECIDE
    routes = (Route(address="register/", view="register_view", name="register"),)
    tools = (("register", gettext_lazy("Register an original")),)
    list_display = ("invoice", "parts", "received_at", "received_by", "request", "waits_for")
    list_select_related = ("invoice", "invoice__application", "received_by", "request")
    list_filter = (WaitsFilter,)
    search_fields = ("invoice__number",)
    customer_through = ("invoice__application__customer",)
    numbered = {"CR": "request__id"}
    fields = ("invoice", "request", "parts", "received_by", "received_at", "waits_for")

    @admin.display(description=gettext_lazy("what came back"))
    def parts(self, row: PaperReturn) -> str:
        """The forms in words."""
        came = row.forms.split(",")
        return ", ".join(str(words) for code, words in PARTS if code in came)

    @admin.display(description=gettext_lazy("waits for"))
    def waits_for(self, row: PaperReturn) -> str:
        return "" if row.request_id else _("The online request")

    def register_view(self, request: HttpRequest) -> HttpResponse:
        """An original that arrived, asked for or not. Reading the page changes nothing."""
        form = ReturnForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            arrived = originals.receive_original(
                invoice=form.cleaned_data["number"],
                forms=form.cleaned_data["parts"],
                freight_collect=form.cleaned_data["freight_collect"],
                actor=by,
                at=at,
            )
            return _done(arrived)

        done = self.fill(request, form, act, to=self.url("changelist"))
        title = _("Register an original")
        return done or self.show(request, "admin/invoicing/return.html", title=title, form=form)


def _done(arrived: PaperReturn) -> str:
    if arrived.request_id:
        return _("The original is registered: the credit can be decided.")
    return _("The original is registered. The customer is told that the online request is missing.")
