"""What a customer types when money leaves: how much, to where."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from ledger.models import Withdrawal


class AmountField(forms.CharField):
    """An amount as people write it, such as 1,234.50, in `currency`."""

    currency = "CNY"

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_amount(text, self.currency)
        except DomainError as error:
            raise ValidationError(sentence(error)) from None


def _amount_field() -> AmountField:
    return AmountField(
        label=_("Amount"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class WithdrawForm(forms.Form):
    """How much, and to where."""

    amount = _amount_field()
    route = forms.ChoiceField(
        label=_("Pay it"), choices=Withdrawal.Route.choices, initial=Withdrawal.Route.ORIGINAL
    )

    def __init__(self, *args: Any, customer: CustomerAccount, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        self.fields["amount"].currency = customer.currency  # type: ignore[attr-defined]


class MemberTransferForm(forms.Form):
    """How much, and to which account of the organization."""

    taker = forms.TypedChoiceField(label=_("To account"), coerce=int)
    amount = _amount_field()

    def __init__(
        self,
        *args: Any,
        customer: CustomerAccount,
        partners: Sequence[CustomerAccount],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        self.fields["amount"].currency = customer.currency  # type: ignore[attr-defined]
        self.fields["taker"].choices = [(partner.pk, str(partner)) for partner in partners]  # type: ignore[attr-defined]
