"""The page of titles and recipients: each with what it lacks, what uses it, and what may be done."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from accounts.models import Address, Certification, CustomerAccount, RecipientEmail
from accounts.services.recipients import printed
from accounts.services.requests.certifying import in_force
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import (
    SPECIAL_FIELDS,
    missing_for_special,
)
from invoicing.models import AutoInvoicing, InvoiceApplication, InvoiceTitle, TitleApplication
from invoicing.queries.policies import policy_of
from invoicing.queries.titles import (
    Granted,
    Uses,
    certified_facts,
    check_title,
    facts,
    granted_titles,
    outdated_titles,
    uses,
)

Status = TitleApplication.Status
SHOWN = 50
BADGES = {Status.SUBMITTED: "pending", Status.APPROVED: "issued", Status.REJECTED: "rejected"}
Medium = InvoiceApplication.Medium


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A title; `lacks`: what a special invoice needs; `refusal`: why it cannot be used."""

    title: InvoiceTitle
    lacks: str
    refusal: str
    used: int
    by_auto: bool
    granted: bool


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """An email or address, how many applications name it, and whether auto-invoicing does."""

    row: RecipientEmail | Address
    used: int
    by_auto: bool


def titles_page(customer: CustomerAccount) -> dict[str, Any]:
    """Everything the page shows. The number of queries does not depend on the number of rows."""
    policy, certification = policy_of(customer), in_force(customer)
    titles = list(customer.titles.order_by("-is_default", "pk"))
    used, granted = uses(customer), granted_titles(customer)
    return {
        "certification": certification,
        "titles": [_title(title, policy, certification, granted, used) for title in titles],
        "outdated": _outdated(customer, certification, titles),
        "corporate": _needs_approval(policy, certification),
        "applications": _applications(customer),
        "emails": [
            RecipientRow(row, used.emails[row.email], _mails(used.auto, row))
            for row in customer.emails.order_by("-is_default", "pk")
        ],
        "addresses": [
            RecipientRow(row, used.addresses[printed(row)], False)
            for row in customer.addresses.order_by("-is_default", "pk")
        ],
    }


def _title(
    title: InvoiceTitle,
    policy: Policy,
    certification: Certification | None,
    granted: Granted,
    used: Uses,
) -> TitleRow:
    refusal = ""
    if certification is not None:
        try:
            check_title(policy, certification, title, granted)
        except DomainError as error:
            refusal = sentence(error)
    lacking = ""
    if title.type != InvoiceTitle.Type.INDIVIDUAL:
        lacking = ", ".join(gettext(name) for name in missing(title))
    return TitleRow(
        title,
        lacking,
        refusal,
        used.of_title(title),
        used.by_auto(title),
        (title.name, title.tax_id) in granted,
    )


def _outdated(
    customer: CustomerAccount, certification: Certification | None, titles: list[InvoiceTitle]
) -> bool:
    """Whether "Update to latest real-name information" would do something (A07)."""
    if certification is None:
        return False
    latest = certified_facts(certification)
    if not any(facts(title) == latest for title in titles):
        return True
    return bool(outdated_titles(customer, certification))


def _needs_approval(policy: Policy, certification: Certification | None) -> bool:
    individual = certification is not None and certification.kind == InvoiceTitle.Type.INDIVIDUAL
    return individual and policy.individual_title != "free" and policy.title_review_days is not None


def _applications(customer: CustomerAccount) -> list[tuple[TitleApplication, str]]:
    shown = customer.title_applications.exclude(status=Status.DELETED)
    rows = shown.prefetch_related("documents").order_by("-pk")[:SHOWN]
    return [(row, BADGES[Status(row.status)]) for row in rows]


def _mails(auto: AutoInvoicing | None, row: RecipientEmail) -> bool:
    if auto is None or not auto.enabled or auto.medium != Medium.ELECTRONIC:
        return False
    return auto.recipient_email == row.email or (not auto.recipient_email and row.is_default)


def missing(title: InvoiceTitle) -> tuple[str, ...]:
    """What the title lacks for a special invoice; message ids, in order."""
    return missing_for_special({field: getattr(title, field) for field in SPECIAL_FIELDS})
