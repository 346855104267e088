"""What a customer types to recharge."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount


class RechargeForm(forms.Form):
    """An amount."""

    amount = forms.CharField(
        max_length=20,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix, self.currency = "", currency
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Decimal:
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency)
        except DomainError as error:
            raise ValidationError(sentence(error)) from None
