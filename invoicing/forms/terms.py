"""What a customer chooses: the terms of an application, auto-invoicing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.paper_fields import PaperField
from accounts.models import CustomerAccount
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceTitle
from invoicing.presenters.types import TypeChoice, type_choices
from invoicing.queries.titles import asks_as, check_title, granted_titles

Kind = CustomerAccount.Kind


class TermsForm(forms.Form):
    """Title, kind and medium, recipient and remarks of an application.

    Choices the profile or the certification rules out stay visible on the page, with the reason.
    """

    title = forms.TypedChoiceField(coerce=int, label=_("Invoice title"))
    type = forms.ChoiceField(label=_("Type of invoice"))
    recipient_email = forms.ChoiceField(label=_("Send to"), required=False)
    remarks = PaperField(
        label=_("Remarks on the invoice"),
        required=False,
        max_length=remarks.LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": remarks.LIMIT}),
    )

    def __init__(
        self, *args: Any, customer: CustomerAccount, policy: Policy, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.customer, self.policy = customer, policy
        self.certified = customer.certifications.order_by("-version").first()
        self.certification = asks_as(customer, self.certified, policy)
        self.titles = list(customer.titles.order_by("-is_default", "pk"))
        self.emails = list(customer.emails.order_by("-is_default", "pk"))
        self.granted = granted_titles(customer)
        self.types = type_choices(policy, self.certification)
        self._fill()

    def _fill(self) -> None:
        self._choices("title", [(title.pk, title.name) for title in self.titles])
        self._choices("type", [(choice.code, choice.label) for choice in self.types])
        self._choices("recipient_email", [(row.email, row.email) for row in self.emails])

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        self.initial.setdefault(name, choices[0][0] if choices else None)

    @property
    def title_rows(self) -> list[dict[str, Any]]:
        """Each title with whether it may be used, and the reason why not."""
        return [self._title_row(title) for title in self.titles]

    def _title_row(self, title: InvoiceTitle) -> dict[str, Any]:
        reason = ""
        if self.certification is not None:
            try:
                check_title(self.policy, self.certification, title, self.granted)
            except DomainError as error:
                reason = sentence(error)
        return {
            "title": title,
            "checked": str(self["title"].value()) == str(title.pk),
            "reason": reason,
            "equals": self.certified is not None and title.name == self.certified.name,
        }

    @property
    def type_rows(self) -> list[dict[str, Any]]:
        """Each combination of kind and medium, the chosen one marked."""
        chosen = self["type"].value()
        return [{"choice": choice, "checked": choice.code == chosen} for choice in self.types]

    @property
    def offered_media(self) -> set[str]:
        """The media on offer: sentences about paper are for those who can have it."""
        return {choice.medium for choice in self.types}

    @property
    def chosen_type(self) -> TypeChoice | None:
        """The kind and medium in force on the page: what was sent, else the first on offer."""
        code = self["type"].value()
        return next((choice for choice in self.types if choice.code == code), None)
