"""What a customer asks for, and its terms: title, kind, medium and recipient, judged by loaded facts."""

import hashlib
import json
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from accounts.domain.tax_numbers import NEW_CODE_ONLY, OLD_LENGTHS
from accounts.models import Certification, CustomerAccount
from accounts.services.customers.locking import require_open
from finance_console.kernel.errors import DomainError
from invoicing.domain import eligibility
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import PARTY_FIELDS, missing_for_special
from invoicing.models import InvoiceApplication, InvoiceTitle
from invoicing.queries.titles import asks_as, check_title
from invoicing.services.asking.applicants import Applicant, load_applicants


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A wish for invoices.

    `sources`: numbers of orders and bills (method order). `months`: "YYYY-MM" (method month).
    `amount`: tax-inclusive, in the customer's currency; oldest first out of the selection (method
    amount; with sources or months, out of those: A39). `medium` None: the first the profile offers.
    `members`: ids of the accounts whose consumption it is, see `members.owners`; () the own one.
    `separate`: one invoice per month; `by_member`: one per account (A38, A40). `model`: what the
    model column says (A43). `remarks` and `remark_parts` (boxes ticked, A44): None for the default.
    """

    method: str
    sources: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    amount: Decimal | None = None
    kind: str = "general"
    medium: str | None = None
    separate: bool = False
    members: tuple[int, ...] = ()
    by_member: bool = False
    model: str = InvoiceApplication.Model.BLANK.value
    title_id: int | None = None
    remarks: str | None = None
    remark_parts: tuple[str, ...] | None = None
    recipient_email: str | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the wish: the same idempotency key must come with the same wish."""
        return hashlib.sha256(
            json.dumps(
                {field.name: getattr(self, field.name) for field in fields(self)},
                default=str,
                sort_keys=True,
            ).encode()
        ).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an ask will be answered: all that is not the amount."""

    title: InvoiceTitle
    certification: Certification
    medium: str
    recipient_email: str
    mailing_address: str

    @property
    def buyer(self) -> dict[str, Any]:
        """The title's fields as they are printed, frozen with the application."""
        return {"type": self.title.type} | {
            field: getattr(self.title, field) for field in PARTY_FIELDS
        }


def terms_of(*, customer: CustomerAccount, policy: Policy, ask: Ask) -> Terms:
    """The terms of one application by hand. Raises what `check_terms` raises."""
    medium = ask.medium or next(iter(policy.media.get(ask.kind, ())), "")
    mailed = {customer.pk} if medium == InvoiceApplication.Medium.PAPER else ()
    applicant = load_applicants([customer], mailed=mailed)[customer.pk]
    titles = InvoiceTitle.objects.filter(customer=customer)
    if ask.title_id:
        titles = titles.filter(pk=ask.title_id)
    applicant.titles = list(titles.order_by("-is_default", "pk")[:1])
    return check_terms(applicant, policy, ask)


def check_terms(applicant: Applicant, policy: Policy, ask: Ask) -> Terms:
    """Everything but the amount, judged by loaded facts.

    Raises `account_closed`, `overseas_proforma_only`, `certification_required`,
    `method_not_allowed`, `partial_not_allowed`, `enterprise_certification_required`,
    `kind_not_allowed`, `medium_not_allowed`, `title_incomplete`, `title_mismatch`,
    `title_not_approved`, `tax_id_invalid`, `no_recipient`, `no_address`; `not_found` for the title of somebody
    else, `title_missing` without any.
    """
    require_open(applicant.customer)
    if not applicant.customer.gets_vat_invoices:
        raise DomainError("overseas_proforma_only")
    certification = asks_as(applicant.customer, applicant.certification, policy)
    if certification is None:
        raise DomainError("certification_required")
    eligibility.check_method(policy, ask.method)
    eligibility.check_kind(policy, certification.kind, ask.kind)
    medium = eligibility.choose_medium(policy, ask.kind, ask.medium)
    title = _title(applicant, ask.title_id)
    check_title(policy, certification, title, applicant.granted)
    check_details(title, ask.kind)
    email, address = _recipient(applicant, medium, ask.recipient_email)
    return Terms(
        title=title,
        certification=certification,
        medium=medium,
        recipient_email=email,
        mailing_address=address,
    )


def check_details(title: InvoiceTitle, kind: str) -> None:
    """A special invoice names all of the buyer. Raises `title_incomplete`, `tax_id_invalid`."""
    if kind != InvoiceApplication.Kind.SPECIAL:
        return
    missing = missing_for_special({field: getattr(title, field) for field in PARTY_FIELDS})
    if missing:
        raise DomainError("title_incomplete", missing=", ".join(missing), fields=missing)
    if len(title.tax_id) in OLD_LENGTHS:
        raise DomainError("tax_id_invalid", tax_id=title.tax_id, problem=NEW_CODE_ONLY)


def _title(applicant: Applicant, title_id: int | None) -> InvoiceTitle:
    for title in applicant.titles:
        if title_id in (None, title.pk):
            return title
    raise DomainError("not_found" if title_id else "title_missing")


def _recipient(applicant: Applicant, medium: str, wanted: str | None) -> tuple[str, str]:
    """The email or the address it goes to, out of the saved ones (SC-100)."""
    if medium == InvoiceApplication.Medium.PAPER:
        if not applicant.address:
            raise DomainError("no_address")
        return "", applicant.address
    for email in applicant.emails:
        if not wanted or email == wanted:
            return email, ""
    raise DomainError("no_recipient")
