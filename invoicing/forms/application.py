"""The terms of one application: as for auto-invoicing, and what is printed beside them (A43, A44)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoicing.domain import remarks
from invoicing.domain.title_rules import PARTY_FIELDS
from invoicing.forms.terms import TermsForm
from invoicing.models import InvoiceApplication, InvoiceTitle

BOXES: dict[str, str | Promise] = {
    "address_phone": _("Registered address and phone number"),
    "bank_account": _("Bank and account number"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A line of the title that can be printed in the remarks; `line` "" when the title lacks it."""

    code: str
    words: str | Promise
    line: str
    checked: bool


class ApplicationForm(TermsForm):
    """The terms, with the model column and the boxes of the remarks, which start as the profile says."""

    remark_parts = forms.MultipleChoiceField(required=False, choices=list(BOXES.items()))
    model = forms.ChoiceField(
        label=_("Model column of each line"), choices=InvoiceApplication.Model.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("model", InvoiceApplication.Model.BLANK)
        self.initial.setdefault("remark_parts", self.policy.default_remarks)

    @property
    def chosen_title(self) -> InvoiceTitle | None:
        """The title in force on the page."""
        value = str(self["title"].value())
        return next((title for title in self.titles if str(title.pk) == value), None)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The boxes ticked on the page, in their order."""
        values = self["remark_parts"].value() or ()
        return tuple(code for code in BOXES if code in values)

    @property
    def chosen_model(self) -> str:
        """What the model column says."""
        value = self["model"].value()
        known = InvoiceApplication.Model.values
        return str(value) if value in known else InvoiceApplication.Model.BLANK.value

    @property
    def boxes(self) -> list[Box]:
        """Each box with the line it prints from the chosen title."""
        title = self.chosen_title
        buyer = {field: getattr(title, field) for field in PARTY_FIELDS} if title else {}
        return [
            Box(code, words, remarks.part_line(code, buyer), code in self.ticked)
            for code, words in BOXES.items()
        ]
