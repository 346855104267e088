"""The types of invoice on offer: kind and medium together, in words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Certification
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain import eligibility
from invoicing.domain.profiles import Policy

LABELS = {
    ("general", "electronic"): _("General e-invoice"),
    ("general", "paper"): _("General paper invoice"),
    ("special", "electronic"): _("Special e-invoice"),
    ("special", "paper"): _("Special paper invoice"),
}
HINTS = {
    "general": _("For small-scale taxpayers and individuals, not deductible"),
    "special": _("For general taxpayers, the input tax can be deducted"),
}


SENT = {
    ("working", "issued"): _("printed, and sent within %(days)s working days of the issuing"),
    ("working", "submitted"): _(
        "printed, and sent within %(days)s working days of your application"
    ),
    ("calendar", "issued"): _("printed, and sent within %(days)s days of the issuing"),
    ("calendar", "submitted"): _("printed, and sent within %(days)s days of your application"),
}


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """One type; `reason` says why it cannot be chosen ("" when it can)."""

    kind: str
    medium: str
    label: str | Promise
    hint: str | Promise
    reason: str

    @property
    def code(self) -> str:
        return f"{self.kind}-{self.medium}"


def type_label(kind: str, medium: str) -> str:
    """What this kind and medium are called together."""
    return str(LABELS[kind, medium])


def sent_within(policy: Policy) -> str:
    """By when paper is on its way, as the profile promises (C17); "" where nothing is promised."""
    if policy.paper_ship_days is None:
        return ""
    words = SENT[policy.paper_ship_count, policy.paper_ship_from]
    return str(words) % {"days": policy.paper_ship_days}


def type_choices(policy: Policy, certification: Certification | None) -> list[TypeChoice]:
    """All types of the profile, those first that this customer may choose."""
    choices = [
        TypeChoice(
            kind, medium, LABELS[kind, medium], HINTS[kind], _why_not(policy, certification, kind)
        )
        for kind, media in policy.media.items()
        for medium in media
    ]
    return sorted(choices, key=lambda choice: bool(choice.reason))


def _why_not(policy: Policy, certification: Certification | None, kind: str) -> str:
    if certification is None:
        return sentence(DomainError("certification_required"))
    try:
        eligibility.check_kind(policy, certification.kind, kind)
    except DomainError as error:
        return sentence(error)
    return ""
