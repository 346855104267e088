"""What staff type: grants, credit limits, activation codes. Amounts are checked by the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import CustomerAccount
from finance_console.doors.fields import AmountField
from finance_console.kernel.money import CURRENCIES
from ledger.models import InvoicingEntity, LedgerAccount, Product

FUNDS = [
    (bucket.value, bucket.label)
    for bucket in LedgerAccount.FUNDS
    if bucket != LedgerAccount.Bucket.CASH
]


def _moment_field(label: Any, *, required: bool) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def _product_field() -> forms.Field:
    return forms.ModelChoiceField(
        Product.objects.order_by("sku"),
        label=gettext_lazy("only for the product"),
        required=False,
        empty_label=gettext_lazy("Anything"),
        to_field_name="sku",
    )


def _entity_field() -> forms.Field:
    return forms.ModelChoiceField(
        InvoicingEntity.objects.order_by("code"),
        label=gettext_lazy("only for what this entity sells"),
        required=False,
        empty_label=gettext_lazy("Anything"),
    )


class CustomerField(forms.CharField):
    """A customer number."""

    def clean(self, value: Any) -> Any:
        code = super().clean(value).strip()
        customer = CustomerAccount.objects.filter(code=code).first()
        if customer is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        return customer


class GrantForm(forms.Form):
    """Who gets what, until when, and for what."""

    customer = CustomerField(label=gettext_lazy("customer number"), max_length=32)
    fund = forms.ChoiceField(label=gettext_lazy("fund"), choices=FUNDS)
    amount = AmountField(label=gettext_lazy("amount"), max_length=24)
    reference = forms.CharField(
        label=gettext_lazy("reference"),
        max_length=60,
        help_text=gettext_lazy("The case or campaign and customer: each counts once."),
    )
    expires_at = _moment_field(gettext_lazy("expires at (empty: never)"), required=False)
    product = _product_field()
    entity = _entity_field()


class CreditForm(forms.Form):
    """How far below zero whose cash may go."""

    customer = CustomerField(label=gettext_lazy("customer number"), max_length=32)
    limit = AmountField(
        label=gettext_lazy("credit limit"),
        max_length=24,
        help_text=gettext_lazy("In the customer's currency. 0 ends the credit."),
    )


class CodesForm(forms.Form):
    """How many codes, and what each is worth."""

    count = forms.IntegerField(label=gettext_lazy("number of codes"), min_value=1, max_value=10_000)
    fund = forms.ChoiceField(label=gettext_lazy("fund"), choices=FUNDS)
    amount = AmountField(label=gettext_lazy("amount of each"), max_length=24)
    currency = forms.ChoiceField(
        label=gettext_lazy("currency"), choices=[(code, code) for code in CURRENCIES]
    )
    valid_until = _moment_field(gettext_lazy("redeemable until"), required=True)
    days = forms.IntegerField(
        label=gettext_lazy("days that the fund lasts (empty: for ever)"),
        required=False,
        min_value=1,
        max_value=3650,
    )
    product = _product_field()
    entity = _entity_field()
