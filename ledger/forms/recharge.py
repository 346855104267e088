"""What a customer types to recharge."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance_console.doors.fields import AmountField
from finance_console.kernel.money import minor_unit


class RechargeForm(forms.Form):
    """An amount."""

    amount = AmountField()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix, self.currency = "", currency
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        amount.label = _("Amount in %(currency)s") % {"currency": currency}
        amount.name_limits(currency, least=minor_unit(currency))
