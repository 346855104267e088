"""One table from refusals to what a person meets: a sentence, an HTTP status, the page that puts it right."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from finance_console.kernel.errors import DomainError

UNPROCESSABLE = 422
STATUS: Mapping[str, int] = {
    "not_found": 404,
    "not_permitted": 403,
    "four_eyes": 403,
    "plan_changed": 409,
    "confirm_amount_changed": 409,
    "reference_conflict": 409,
    "wrong_state": 409,
    "claimed_by_reviewer": 409,
    "month_already_invoiced": 409,
}
"""Everything else is 422: the request was understood, a rule says no."""

WORDS: Mapping[str, str] = {
    "order": _("order"),
    "month": _("month"),
    "amount": _("amount"),
    "auto-invoicing": _("auto-invoicing"),
    "electronic": _("electronic"),
    "paper": _("paper"),
    "pending applications": _("pending applications"),
    "unsettled bills": _("unsettled bills"),
    "withdrawals": _("withdrawals"),
    "invoice": _("the invoice form"),
    "deduction": _("the deduction form"),
}
"""Codes that stand in the values of a sentence, as words."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Where the customer puts it right: the name of an address and the words of its link."""

    url: str
    words: str
    query: str = ""

    @property
    def href(self) -> str:
        """The address of the link."""
        return reverse(self.url) + (f"?{self.query}" if self.query else "")


_TITLES = Remedy("invoicing:titles", _("Titles and recipients"))
_CERTIFICATION = Remedy("accounts:certification", _("Certification, change of name or subject"))
_SELECT = Remedy("invoicing:select", _("Select again"))
REMEDIES: Mapping[str, Remedy] = {
    "auto_invoicing_off": Remedy("invoicing:auto", _("Auto-invoicing")),
    "registration_mismatch": _TITLES,
    "title_missing": _TITLES,
    "title_incomplete": _TITLES,
    "title_mismatch": _CERTIFICATION,
    "certification_required": _CERTIFICATION,
    "enterprise_certification_required": _CERTIFICATION,
    "title_fixed": _TITLES,
    "title_in_use": Remedy("invoicing:auto", _("Auto-invoicing")),
    "title_not_approved": Remedy("invoicing:title_apply", _("Apply for a corporate title")),
    "no_recipient": _TITLES,
    "overseas_proforma_only": Remedy("ledger:bills", _("Monthly bills")),
    "nothing_selected": _SELECT,
    "nothing_to_invoice": Remedy("ledger:recharge", _("Recharge")),
    "month_already_invoiced": _SELECT,
}
TICKETS: Mapping[str, str] = {
    "address_fixed": "address",
    "claimed_by_reviewer": "application",
    "materials_missing": "lost_invoice",
    "not_eligible": "eligibility",
}
"""Refusals that only staff can lift: the topic of the ticket to open (B17, B21, B49, A60, SC-71)."""
ABOUT_AN_APPLICATION: Mapping[str, str] = {"wrong_state": "application"}
"""The same, where the refusal is about a named application."""


def sentence(error: DomainError) -> str:
    """What the customer reads, in the active language."""
    return gettext(error.sentence) % {name: _shown(value) for name, value in error.values.items()}


def status(error: DomainError) -> int:
    """The HTTP status of an answer that says no with `error`."""
    return STATUS.get(error.code, UNPROCESSABLE)


def remedy(error: DomainError, *, about: str = "") -> Remedy | None:
    """The page that unblocks it, where there is one.

    `about`: the number of the application or order it is about, for the ticket that asks staff.
    """
    topics = {**TICKETS, **ABOUT_AN_APPLICATION} if about else TICKETS
    if error.code in topics:
        return ticket(topics[error.code], about)
    return REMEDIES.get(error.code)


def ticket(topic: str, about: str = "") -> Remedy:
    """A link to a new ticket that knows its topic and what it is about."""
    known = {"topic": topic, "about": about} if about else {"topic": topic}
    return Remedy("accounts:ticket_new", _("Open a ticket"), urlencode(known))


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, tuple | list):
        return ", ".join(_shown(part) for part in value)
    return ", ".join(_word(part) for part in str(value).split(", "))


def _word(text: str) -> str:
    return gettext(WORDS.get(text, text)) if text else text
