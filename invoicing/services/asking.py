"""What a customer asks for, checked: title, kind, medium, recipient, and the items selected."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import Certification, CustomerAccount
from accounts.services.locking import require_open
from finance_console.kernel.errors import DomainError
from invoicing.domain import eligibility
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import missing_for_special, title_allowed
from invoicing.models import InvoiceableItem, InvoiceApplication, InvoiceTitle
from invoicing.queries import available_items
from invoicing.services.explaining import explain_months, explain_source

Method = InvoiceApplication.Method
PARTY_FIELDS = ("name", "tax_id", "address", "phone", "bank", "bank_account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A wish for invoices.

    `sources`: numbers of orders and bills (method order). `months`: "YYYY-MM" (method month).
    `amount`: tax-inclusive, in the customer's currency; oldest first out of the selection (method
    amount; with sources or months, out of those: A39). `medium` None: the first the profile offers.
    """

    method: str
    sources: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    amount: Decimal | None = None
    kind: str = "general"
    medium: str | None = None
    separate: bool = False
    title_id: int | None = None
    remarks: str | None = None
    recipient_email: str | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the wish: the same idempotency key must come with the same wish."""
        return hashlib.sha256(
            json.dumps(asdict(self), default=str, sort_keys=True).encode()
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


def check_terms(*, customer: CustomerAccount, policy: Policy, ask: Ask) -> Terms:
    """Everything but the amount.

    Raises `account_closed`, `overseas_proforma_only`, `certification_required`,
    `method_not_allowed`, `partial_not_allowed`, `enterprise_certification_required`,
    `kind_not_allowed`, `medium_not_allowed`, `title_incomplete`, `title_mismatch`, `no_recipient`.
    """
    require_open(customer)
    if not customer.gets_vat_invoices:
        raise DomainError("overseas_proforma_only")
    certification = customer.certifications.order_by("-version").first()
    if certification is None:
        raise DomainError("certification_required")
    eligibility.check_method(policy, ask.method)
    eligibility.check_kind(policy, certification.kind, ask.kind)
    medium = eligibility.choose_medium(policy, ask.kind, ask.medium)
    title = _title(customer, ask.title_id)
    title_allowed(policy, certification.kind, certification.name, title.name)
    fields = {field: getattr(title, field) for field in PARTY_FIELDS}
    missing = missing_for_special(fields)
    if ask.kind == "special" and missing:
        raise DomainError("title_incomplete", missing=", ".join(missing), fields=missing)
    email, address = _recipient(customer, medium, ask.recipient_email)
    return Terms(
        title=title,
        certification=certification,
        medium=medium,
        recipient_email=email,
        mailing_address=address,
    )


def _title(customer: CustomerAccount, title_id: int | None) -> InvoiceTitle:
    titles = InvoiceTitle.objects.filter(customer=customer)
    title = (
        titles.filter(pk=title_id).first()
        if title_id
        else titles.order_by("-is_default", "pk").first()
    )
    if title is None:
        raise DomainError("not_found" if title_id else "title_missing")
    return title


def _recipient(customer: CustomerAccount, medium: str, wanted: str | None) -> tuple[str, str]:
    if medium == "paper":
        address = customer.addresses.order_by("-is_default", "pk").first()
        if address is None:
            raise DomainError("no_recipient")
        return (
            "",
            f"{address.recipient}, {address.phone}, {address.line} {address.postcode}".strip(),
        )
    emails = customer.emails.order_by("-is_default", "pk")
    email = emails.filter(email=wanted).first() if wanted else emails.first()
    if email is None:
        raise DomainError("no_recipient")
    return email.email, ""


def select_items(
    *, customer: CustomerAccount, policy: Policy, ask: Ask, at: datetime
) -> list[InvoiceableItem]:
    """The items the ask is about: available, with something open, the customer's own.

    Naming an order, a bill or months that cannot be invoiced says why (see `explaining`).
    Marketplace items are only ever selected by order: their total is separate (B10, K01).
    Raises `nothing_selected`, `month_already_invoiced`, and what `explaining` finds.
    """
    items = available_items(customer, at)
    if ask.sources:
        chosen = list(items.filter(source__in=ask.sources))
        if missing := sorted(set(ask.sources) - {item.source for item in chosen}):
            raise explain_source(customer, missing[0], left=total_open(chosen))
        return chosen
    if ask.method == Method.ORDER:
        raise DomainError("nothing_selected")
    items = items.filter(marketplace=False)
    if ask.method == Method.MONTH:
        if not ask.months:
            raise DomainError("nothing_selected")
        check_months(customer, policy, ask.months)
        chosen = list(items.filter(period__in=ask.months))
        if not chosen:
            raise explain_months(customer, ask.months)
        return chosen
    if ask.amount is None:
        raise DomainError("nothing_selected")
    if ask.months:
        items = items.filter(period__in=ask.months)
    return list(items)


def total_open(items: Iterable[InvoiceableItem]) -> Decimal:
    """The open amount of `items` together."""
    return sum((item.open for item in items), Decimal("0.00"))


def still_open(*, customer: CustomerAccount, ask: Ask, at: datetime) -> Decimal:
    """What is left to invoice of the selection of `ask`, at most the amount it asks for."""
    items = available_items(customer, at)
    if ask.sources:
        items = items.filter(source__in=ask.sources)
    else:
        items = items.filter(marketplace=False)
        items = items.filter(period__in=ask.months) if ask.months else items
    left = total_open(items)
    return left if ask.amount is None else min(left, ask.amount)


def check_months(customer: CustomerAccount, policy: Policy, months: tuple[str, ...]) -> None:
    """Raises `month_already_invoiced` where the profile allows one application a month (K07)."""
    if policy.max_requests_per_month is None:
        return
    taken = InvoiceableItem.objects.filter(customer=customer, period__in=months)
    live = taken.exclude(reserved=0, invoiced=0).order_by("period")
    if first := live.values_list("period", flat=True).first():
        raise DomainError("month_already_invoiced", month=first)
