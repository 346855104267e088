"""What a customer types about titles: a title, and asking for a company's title."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.certification import checked_tax_id
from accounts.forms.paper_fields import BankAccountField, PaperField, PhoneField
from accounts.forms.upload_fields import DocumentsField
from accounts.models import CustomerAccount
from invoicing.domain.title_rules import (
    COMPANIES,
    PARTY_FIELDS,
)
from invoicing.models import InvoiceTitle


class TitleForm(forms.ModelForm):
    """A buyer's name block; the tax ID of a company is checked by its check digit (A35).

    A tax ID that stays as it was is not checked again: staff may have entered an old number.
    """

    class Meta:
        model = InvoiceTitle
        fields = ("type", *PARTY_FIELDS, "is_default")
        field_classes = {
            "name": PaperField,
            "address": PaperField,
            "phone": PhoneField,
            "bank": PaperField,
            "bank_account": BankAccountField,
        }
        labels = {"is_default": _("Use it by default")}
        help_texts = {
            "tax_id": _("18 characters; the last one is checked against the others."),
            "address": _("Address, phone and bank are needed for special invoices only."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "tax_id": forms.TextInput(
                attrs={"spellcheck": "false", "autocapitalize": "characters"}
            ),
        }

    def __init__(self, *args: Any, customer: CustomerAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = customer.titles.exclude(pk=self.instance.pk)

    def clean_tax_id(self) -> str:
        text: str = self.cleaned_data["tax_id"]
        if not text or text == self.initial.get("tax_id"):
            return text
        return checked_tax_id(text)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        company = values.get("type") in COMPANIES
        if company and "tax_id" in values and not values["tax_id"]:
            self.add_error("tax_id", _("A company or organization needs its tax ID."))
        same = {name: values.get(name, "") for name in ("type", "name", "tax_id")}
        if not self.errors and self.others.filter(**same).exists():
            self.add_error(
                "name", _("You have this title already: change that one, in the list of titles.")
            )
        return values

    @property
    def namesakes(self) -> list[str]:
        """Other names of the customer's titles that bear the same tax ID: one of them may be wrong."""
        tax_id, name = self.cleaned_data["tax_id"], self.cleaned_data["name"]
        others = self.others.filter(tax_id=tax_id).exclude(name=name) if tax_id else []
        return sorted({title.name for title in others})


class CorporateTitleForm(forms.Form):
    """An individual asks for a company's title."""

    type = forms.ChoiceField(
        label=_("Type"),
        choices=[choice for choice in InvoiceTitle.Type.choices if choice[0] in COMPANIES],
    )
    name = PaperField(
        label=_("Registered name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    tax_id = forms.CharField(
        label=_("Tax ID"),
        max_length=40,
        help_text=_("18 characters; the last one is checked against the others."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "characters"}),
    )
    documents = DocumentsField(
        label=_("Documents"),
        help_text=_("The business license and a letter that lets you use the title."),
    )

    def clean_tax_id(self) -> str:
        return checked_tax_id(self.cleaned_data["tax_id"])
