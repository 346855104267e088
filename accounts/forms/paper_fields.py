"""Fields for what stands on paper: tidied, and refused where a character cannot be printed."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.ports.paper import for_paper
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from finance_console.kernel.texts import half_width

_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,}( ?(ext\.?|x|转) ?[0-9]{1,6})?")
_BANK_ACCOUNT = re.compile(r"[A-Z0-9][A-Z0-9 -]{4,38}[A-Z0-9]", re.IGNORECASE)
_POSTCODE = re.compile(r"[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]", re.IGNORECASE)


class PaperField(forms.CharField):
    """A text that documents print."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        try:
            return for_paper(text, multiline=isinstance(self.widget, forms.Textarea))
        except DomainError as error:
            raise ValidationError(sentence(error), code=error.code) from error


class _NumberField(PaperField):
    """Figures typed as a text: full-width ones are narrowed, then the whole is judged by `shape`."""

    shape = _PHONE
    wrong: Any = ""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(half_width(value) if isinstance(value, str) else value)
        if text and not self.shape.fullmatch(text):
            raise ValidationError(self.wrong, code="invalid")
        return text


class PhoneField(_NumberField):
    wrong = _("Enter a phone number: figures, with spaces, dashes and a + in front where needed.")


class BankAccountField(_NumberField):
    shape = _BANK_ACCOUNT
    wrong = _("Enter the number of a bank account: 6 to 40 figures or letters.")


class PostcodeField(_NumberField):
    shape = _POSTCODE
    wrong = _("Enter a postcode: 3 to 10 figures or letters.")
