"""What a customer says when an invoice is to be taken back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.paper_fields import PaperField
from finance_console.doors.fields import AmountField
from finance_console.kernel.money import minor_unit
from finance_console.kernel.writing import money
from invoicing.domain.remarks import decompose
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.services.crediting import rules

SPECIAL, PAPER = InvoiceApplication.Kind.SPECIAL, InvoiceApplication.Medium.PAPER


class CreditForm(forms.Form):
    """Reason, all or a part, and what the buyer has done with the invoice so far."""

    reason = forms.ChoiceField(label=_("Reason"), choices=CreditRequest.Reason)
    note = forms.CharField(label=_("Why, in your own words"), max_length=200, required=False)
    amount = AmountField(label=_("Amount to credit, tax included"))
    recorded = forms.BooleanField(
        label=_("The buyer has already booked this invoice"), required=False
    )
    certified = forms.BooleanField(
        label=_("The buyer has already certified this special invoice"), required=False
    )
    form_number = PaperField(
        label=_("Number of the confirmation form"), max_length=32, required=False
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        amount, left = self.fields["amount"], rules.left_to_credit(invoice)
        assert isinstance(amount, AmountField)
        currency = invoice.gross.currency.code
        most = _("At most %(left)s, all that is left of it.") % {"left": money(left)}
        amount.name_limits(currency, least=minor_unit(currency), more=most)
        amount.initial = left
        if not (invoice.kind == SPECIAL and invoice.medium == PAPER):
            del self.fields["certified"]

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of `request_credit`."""
        return {"certified": False} | self.cleaned_data


class ReissueForm(forms.Form):
    """The title and the remark that should have been on the invoice."""

    title = forms.TypedChoiceField(label=_("Invoice title"), coerce=int)
    remarks = forms.CharField(
        label=_("Remarks on the invoice"),
        required=False,
        max_length=230,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        titles = invoice.application.customer.titles.order_by("-is_default", "pk")
        self.fields["title"].choices = [(row.pk, row.name) for row in titles]  # type: ignore[attr-defined]
        application = invoice.application
        self.fields["remarks"].initial = decompose(application.remarks, application.buyer)[0]
