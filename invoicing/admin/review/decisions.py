"""The buttons of the review page: POST only, on a locked row, against the state the reviewer saw.

The service checks permission and state again; here it is only made sure that nobody decides on something
that changed since the page was opened.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from finance_console.kernel.errors import DomainError
from invoicing.admin.review.facts import person
from invoicing.models import InvoiceApplication
from invoicing.services.reviewing import deciding
from invoicing.services.transitions import lock_application

REASON_LIMIT = 300


class CancelForm(forms.Form):
    """Why it is cancelled for the customer, who reads it."""

    why = forms.CharField(
        label=gettext_lazy("Why it is cancelled"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("The customer reads it; name the ticket."),
    )

    @property
    def reason(self) -> str:
        return str(self.cleaned_data["why"])


REASONS: Mapping[str, str | Promise] = {
    "tax_id": gettext_lazy("The tax ID does not match your certification."),
    "title": gettext_lazy("The invoice title does not match your certification."),
    "irrelevant_remark": gettext_lazy("The remarks are not suitable for an invoice."),
    "bank": gettext_lazy("The bank details are incomplete."),
    "other": gettext_lazy("Other (say it in the message)"),
}


class RejectForm(forms.Form):
    """Why it goes back. The customer reads the reason and the message, in the words of this form."""

    code = forms.ChoiceField(
        label=gettext_lazy("Reason to return"),
        choices=[("", gettext_lazy("Choose a reason")), *REASONS.items()],
        error_messages={
            "required": gettext_lazy("Choose a reason: the customer has to put it right.")
        },
    )
    message = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        required=False,
        max_length=200,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy(
            "Shown after the reason, in the console, by email and by text message."
        ),
    )

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if cleaned.get("code") == "other" and not cleaned.get("message", "").strip():
            self.add_error("message", _("Say it in your own words."))
        return cleaned

    @property
    def reason(self) -> str:
        """The sentence of the reason and the message, as the customer reads it."""
        code, message = self.cleaned_data["code"], self.cleaned_data["message"].strip()
        chosen = "" if code == "other" else str(REASONS[code])
        return f"{chosen} {message}".strip()[:REASON_LIMIT]


FORMS: Mapping[str, type[RejectForm] | type[CancelForm]] = {
    "reject": RejectForm,
    "cancel": CancelForm,
}
"""What is filled in for an action."""


def token(application: InvoiceApplication) -> str:
    """What a reviewer has seen of the state: it travels through the form as `seen`."""
    return f"{application.status}.{application.claimed_by_id or 0}"


def locked_as_seen(application_id: int, seen: str) -> InvoiceApplication:
    """The application, locked, if it is still as it was `seen`.

    Raises `changed_since_opened`, which says who did what when.
    """
    locked = lock_application(application_id)
    if token(locked) != seen:
        raise DomainError(
            "changed_since_opened", says="changed_since_opened_by", **_what_happened(locked)
        )
    return locked


Act = Callable[[InvoiceApplication, User, str, datetime], InvoiceApplication]
ACTIONS: Mapping[str, Act] = {
    "claim": lambda row, by, reason, at: deciding.claim(application=row, reviewer=by, at=at),
    "approve": lambda row, by, reason, at: deciding.approve(application=row, reviewer=by, at=at),
    "cancel": lambda row, by, reason, at: deciding.cancel(
        application=row, by=by, reason=reason, at=at
    ),
    "reject": lambda row, by, reason, at: deciding.reject(
        application=row, reviewer=by, reason=reason, at=at
    ),
}


def _what_happened(application: InvoiceApplication) -> dict[str, str]:
    last = application.changes.select_related("actor").order_by("-pk").first()
    claimed = application.claimed_at
    if claimed and (last is None or claimed > last.at):
        what, who, when = _("Review started"), person(application.claimed_by), claimed
    else:
        assert last is not None  # submitting writes the first line of the log
        what, who, when = application.get_status_display(), person(last.actor), last.at
    moment_of_it = f"{timezone.localtime(when):%Y-%m-%d %H:%M}"
    return {"what": what, "who": str(who), "when": moment_of_it}
