"""What a customer types when money leaves: how much, to where."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from finance_console.doors.fields import AmountField
from finance_console.doors.wording import in_currency
from ledger.models import Withdrawal


class WithdrawForm(forms.Form):
    """How much, and to where."""

    amount = AmountField(label=_("Amount"))
    route = forms.ChoiceField(
        label=_("Pay it"), choices=Withdrawal.Route.choices, initial=Withdrawal.Route.ORIGINAL
    )

    def __init__(self, *args: Any, customer: CustomerAccount, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        day = _("A day allows %(count)s withdrawals and %(most)s in all.") % {
            "count": settings.WITHDRAWAL_DAILY_COUNT,
            "most": in_currency(settings.WITHDRAWAL_DAILY_AMOUNT, customer.currency),
        }
        amount.name_limits(customer.currency, least=settings.WITHDRAWAL_MINIMUM, more=day)


class MemberTransferForm(forms.Form):
    """How much, and to which account of the organization."""

    taker = forms.TypedChoiceField(label=_("To account"), coerce=int)
    amount = AmountField(label=_("Amount"))

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
