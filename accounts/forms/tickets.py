"""What is typed into tickets, by customers and by staff."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms.upload_fields import DocumentsField
from accounts.models import CustomerAccount, Ticket
from accounts.ports.documents import place_of
from accounts.services.tickets import ABOUT_LIMIT, SUBJECT_LIMIT, TEXT_LIMIT
from finance_console.kernel.texts import half_width

Topic = Ticket.Topic
STARTS = {
    Topic.ADDRESS: _("New address:\nContact person:\nPhone:"),
    Topic.RETURN: _("Courier:\nTracking number:"),
}
"""How a message on a topic begins: what staff will ask for."""


class MessageForm(forms.Form):
    """Words and files."""

    text = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": TEXT_LIMIT}),
    )
    attachments = DocumentsField(required=False, label=_("Files"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class TicketForm(MessageForm):
    """A new ticket, prefilled from the link that led to it."""

    topic = forms.ChoiceField(label=_("Topic"), choices=Topic.choices)
    about = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=ABOUT_LIMIT,
        help_text=_("Of the application, invoice, order or bill it is about, if there is one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=SUBJECT_LIMIT,
        widget=forms.TextInput(attrs={"maxlength": SUBJECT_LIMIT}),
    )
    field_order = ("topic", "about", "subject", "text", "attachments")

    def __init__(self, *args: Any, customer: CustomerAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer

    def clean_about(self) -> str:
        """A number of the customer's own, however it was typed (B17)."""
        about = half_width(self.cleaned_data["about"])
        if about and place_of.given(self.customer, about) is None:
            raise forms.ValidationError(
                gettext("You have nothing with the number %(number)s: check it, or leave it empty.")
                % {"number": about},
                code="unknown_number",
            )
        return about


def prefilled(query: QueryDict) -> dict[str, str]:
    """What a link such as `?topic=lost_invoice&about=2611…` fills in."""
    topic = query.get("topic", "")
    if topic not in Topic.values:
        topic = Topic.OTHER
    about = query.get("about", "")[:ABOUT_LIMIT]
    named = gettext("%(topic)s: %(about)s") % {"topic": Topic(topic).label, "about": about}
    return {
        "topic": topic,
        "about": about,
        "subject": named[:SUBJECT_LIMIT] if about else "",
        "text": str(STARTS.get(Topic(topic), "")),
    }
