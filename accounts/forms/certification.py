"""What a customer types to be certified, or to change the certified name or subject."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.domain.tax_numbers import credit_code
from accounts.forms.paper_fields import PaperField
from accounts.forms.upload_fields import DocumentsField
from accounts.models import Certification, CustomerAccount
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError

Kind = CustomerAccount.Kind


def checked_tax_id(text: str) -> str:
    """The credit code as it is kept. Raises ValidationError, in the words of the refusal."""
    try:
        return credit_code(text)
    except DomainError as error:
        raise ValidationError(sentence(error), code=error.code) from error


class CertificationForm(forms.Form):
    """A first certification or a change of subject.

    A certified company is not offered to become an individual (A08, SC-23).
    """

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    name = PaperField(
        label=_("Registered name"),
        max_length=100,
        help_text=_("Exactly as on the license or the identity card: invoices carry it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    tax_id = forms.CharField(
        label=_("Tax ID"),
        max_length=40,
        required=False,
        help_text=_("Of a company or organization: 18 characters. Individuals leave it empty."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "characters"}),
    )
    documents = DocumentsField(
        label=_("Documents"),
        help_text=_("The business license, or both sides of the identity card."),
    )

    def __init__(self, *args: Any, current: Certification | None, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        if current and current.kind != Kind.INDIVIDUAL:
            field = self.fields["kind"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [choice for choice in Kind.choices if choice[0] != Kind.INDIVIDUAL]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("kind") == Kind.INDIVIDUAL:
            values["tax_id"] = ""
        elif not values.get("tax_id"):
            self.add_error("tax_id", _("A company or organization needs its tax ID."))
        else:
            try:
                values["tax_id"] = checked_tax_id(values["tax_id"])
            except ValidationError as error:
                self.add_error("tax_id", error)
        return values


class NameChangeForm(forms.Form):
    """The same company or person under a new name: kind and tax ID stay (B52)."""

    name = PaperField(
        label=_("New registered name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    documents = DocumentsField(
        label=_("Documents"),
        help_text=_("The notice of the change and the new license."),
    )

    def __init__(self, *args: Any, current: Certification, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        self.current = current

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        return {**values, "kind": self.current.kind, "tax_id": self.current.tax_id}
