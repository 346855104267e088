"""What a customer asks for, checked: title, kind, medium, recipient, and the items selected."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.domain.tax_numbers import NEW_CODE_ONLY, OLD_LENGTHS
from accounts.models import Certification, CustomerAccount
from accounts.services.customers.locking import require_open
from accounts.services.recipients import printed
from accounts.services.requests.certifying import in_force
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import eligibility
from invoicing.domain.plan import Candidate
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import PARTY_FIELDS, missing_for_special
from invoicing.models import InvoiceableItem, InvoiceApplication, InvoiceTitle
from invoicing.queries.planning import available_items, candidate
from invoicing.queries.statements import Later, covered_months, later_items, month_of
from invoicing.queries.titles import check_title, granted_titles
from invoicing.services.asking.explaining import explain_months, explain_source

Method = InvoiceApplication.Method


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


def check_terms(*, customer: CustomerAccount, policy: Policy, ask: Ask) -> Terms:
    """Everything but the amount.

    Raises `account_closed`, `overseas_proforma_only`, `certification_required`,
    `method_not_allowed`, `partial_not_allowed`, `enterprise_certification_required`,
    `kind_not_allowed`, `medium_not_allowed`, `title_incomplete`, `title_mismatch`,
    `title_not_approved`, `tax_id_invalid`, `no_recipient`.
    """
    require_open(customer)
    if not customer.gets_vat_invoices:
        raise DomainError("overseas_proforma_only")
    certification = in_force(customer)
    if certification is None:
        raise DomainError("certification_required")
    eligibility.check_method(policy, ask.method)
    eligibility.check_kind(policy, certification.kind, ask.kind)
    medium = eligibility.choose_medium(policy, ask.kind, ask.medium)
    title = _title(customer, ask.title_id)
    check_title(policy, certification, title, granted_titles(customer))
    check_details(title, ask.kind)
    email, address = _recipient(customer, medium, ask.recipient_email)
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
        return "", printed(address)
    emails = customer.emails.order_by("-is_default", "pk")
    email = emails.filter(email=wanted).first() if wanted else emails.first()
    if email is None:
        raise DomainError("no_recipient")
    return email.email, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The items an ask is about; `later`: those that go with another month's statement (K07)."""

    items: Sequence[InvoiceableItem]
    later: Mapping[int, Later]

    @property
    def candidates(self) -> list[Candidate]:
        """As the planner sees them, each in the month of its statement."""
        return [candidate(item, month=month_of(item, self.later)) for item in self.items]


def select_items(
    *, owners: Sequence[CustomerAccount], policy: Policy, ask: Ask, at: datetime
) -> Selected:
    """The items the ask is about: available, with something open, of the accounts it covers.

    Naming an order, a bill or months that cannot be invoiced says why (see `explaining`).
    Marketplace items are selected by order, because their total is separate (B10); where orders
    cannot be selected at all, a month is the whole statement with both of its totals (K01).
    Raises `nothing_selected`, `month_already_invoiced`, and what `explaining` finds.
    """
    items = available_items(owners[0], at, *owners[1:])
    if ask.sources:
        chosen = list(items.filter(source__in=ask.sources))
        if missing := sorted(set(ask.sources) - {item.source for item in chosen}):
            raise explain_source(owners, missing[0], left=total_open(chosen))
        return Selected(items=chosen, later={})
    if ask.method == Method.ORDER:
        raise DomainError("nothing_selected")
    whole = whole_statements(policy)
    items = items if whole else items.filter(marketplace=False)
    if ask.method == Method.MONTH:
        if not ask.months:
            raise DomainError("nothing_selected")
        later = later_items(owners, policy)
        chosen = of_months(items, ask.months, later, at)
        check_months(owners, policy, ask.months, chosen, later)
        if not chosen:
            raise explain_months(owners, ask.months, marketplace=whole)
        return Selected(items=chosen, later=later)
    if ask.amount is None:
        raise DomainError("nothing_selected")
    if ask.months:
        items = items.filter(period__in=ask.months)
    return Selected(items=list(items), later={})


def of_months(
    items: QuerySet[InvoiceableItem],
    months: Collection[str],
    later: Mapping[int, Later],
    at: datetime,
) -> list[InvoiceableItem]:
    """Those of the available `items` that the statements of `months` hold at `at`."""
    if not later:
        return list(items.filter(period__in=months))
    coming = [one.item_id for one in later.values() if one.month in months and one.opens_at <= at]
    own = Q(period__in=months) & ~Q(pk__in=later)
    return list(items.filter(own | Q(pk__in=coming)))


def whole_statements(policy: Policy) -> bool:
    """Whether a month includes what was bought in the marketplace: there is no other way to ask."""
    return Method.ORDER not in policy.methods


def total_open(items: Iterable[InvoiceableItem]) -> Decimal:
    """The open amount of `items` together."""
    return sum((item.open for item in items), ZERO)


def still_open(
    *, owners: Sequence[CustomerAccount], policy: Policy, ask: Ask, at: datetime
) -> Decimal:
    """What is left to invoice of the selection of `ask`, at most the amount it asks for."""
    items = available_items(owners[0], at, *owners[1:])
    if ask.sources:
        return total_open(items.filter(source__in=ask.sources))
    items = items if whole_statements(policy) else items.filter(marketplace=False)
    if ask.months:
        return total_open(of_months(items, ask.months, later_items(owners, policy), at))
    left = total_open(items)
    return left if ask.amount is None else min(left, ask.amount)


def check_months(
    owners: Sequence[CustomerAccount],
    policy: Policy,
    months: tuple[str, ...],
    chosen: Sequence[InvoiceableItem],
    later: Mapping[int, Later],
) -> None:
    """Raises `month_already_invoiced` for one that stands invoiced, where a month is invoiced once (K07).

    It says with which months goes what is open of it. A month of which `chosen` has something, because an
    invoice of it was returned, can be asked for again (K25).
    """
    if policy.max_requests_per_month is None:
        return
    covered = {month for _customer, month, _entity, _rate in covered_months(owners)}
    found = {month_of(item, later) for item in chosen}
    for month in sorted(set(months) & covered - found):
        rest = [one for one in later.values() if one.period == month]
        if not rest:
            raise DomainError("month_already_invoiced", month=month)
        raise DomainError(
            "month_already_invoiced",
            says="month_goes_on",
            month=month,
            amount=sum((one.amount for one in rest), ZERO),
            later=", ".join(sorted({one.month for one in rest})),
        )
