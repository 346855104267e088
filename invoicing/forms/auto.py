"""What a customer chooses for auto-invoicing: for itself, and for accounts it manages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks
from invoicing.domain.title_rules import PARTY_FIELDS, missing_for_special
from invoicing.forms.terms import TermsForm
from invoicing.models import InvoiceApplication
from invoicing.presenters.types import TypeChoice, type_choices

DEFAULT, OWN = "default", "own"
REMARKS = ((DEFAULT, _("The month, and what is usual here")), (OWN, _("Own words")))


class RemarkFields(forms.Form):
    """How the remarks of the invoices are populated (A54)."""

    populate = forms.ChoiceField(
        label=_("Remarks on the invoices"),
        choices=REMARKS,
        initial=DEFAULT,
        required=False,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Own words"),
        required=False,
        max_length=remarks.LIMIT,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": remarks.LIMIT}),
    )

    def clean_note(self) -> str:
        """What was typed, where own words are chosen."""
        if self.cleaned_data.get("populate") != OWN:
            return ""
        note: str = self.cleaned_data["note"].replace("\r\n", "\n").strip()
        if not note:
            raise forms.ValidationError(_("Write the remark, or choose the usual one."))
        return note


class AutoInvoicingForm(RemarkFields, TermsForm):
    """How last month is invoiced by itself: as for one application, and how remarks are populated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["remarks"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        chosen = self.chosen_type
        title = next(
            (row for row in self.title_rows if row["title"].pk == values.get("title")), None
        )
        if chosen and title and chosen.kind == InvoiceApplication.Kind.SPECIAL:
            fields = {name: getattr(title["title"], name) for name in PARTY_FIELDS}
            if missing := missing_for_special(fields):
                self.add_error("title", sentence(DomainError("title_incomplete", missing=missing)))
        if title and title["reason"]:
            self.add_error("title", title["reason"])
        if chosen and chosen.reason:
            self.add_error("type", chosen.reason)
        if chosen and chosen.medium == InvoiceApplication.Medium.ELECTRONIC and not self.emails:
            self.add_error("recipient_email", sentence(DomainError("no_recipient")))
        return values


class MembersForm(RemarkFields):
    """What is the same for all chosen accounts: type of invoice and remarks."""

    type = forms.ChoiceField(label=_("Type of invoice"))

    def __init__(self, *args: Any, policy: Any, certification: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.types = [offer for offer in type_choices(policy, certification) if not offer.reason]
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(offer.code, offer.label) for offer in self.types]

    @property
    def chosen_type(self) -> TypeChoice:
        """The type of a valid form."""
        return next(offer for offer in self.types if offer.code == self.cleaned_data["type"])
