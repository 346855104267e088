"""Form fields that several apps share."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from finance_console.doors.refusals import sentence
from finance_console.doors.wording import in_currency
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount


class AmountField(forms.CharField):
    """An amount as people write it, such as 1,234.50, in `currency`; `least` is named beside it."""

    currency = "CNY"

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 24)
        shown = {"inputmode": "decimal", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=shown))
        super().__init__(**options)

    def name_limits(self, currency: str, *, least: Decimal, more: str = "") -> None:
        """Say the smallest amount, and `more`, before anybody hits them."""
        self.currency = currency
        words = _("At least %(least)s.") % {"least": in_currency(least, currency)}
        self.help_text = f"{words} {more}".strip()

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_amount(text, self.currency)
        except DomainError as error:
            raise ValidationError(sentence(error), code=error.code) from None
