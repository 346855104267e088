"""The customer's invoice titles: add, change, delete, choose the default, follow the certification."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.domain.tax_numbers import old_number
from accounts.models import CustomerAccount, User
from accounts.ports.paper import for_paper
from accounts.services.customers.locking import lock_customer, require_open
from accounts.services.customers.roles import require_member, require_staff
from accounts.services.records import record
from accounts.services.requests.certifying import in_force
from finance_console.kernel.errors import DomainError
from invoicing.domain.title_rules import DEFAULT_INDIVIDUAL, PARTY_FIELDS
from invoicing.models import AutoInvoicing, InvoiceTitle
from invoicing.queries.policies import policy_of
from invoicing.queries.titles import certified_facts, facts, outdated_titles
from invoicing.services.auto import pausing

OVERRIDE = "invoicing.decide_title"
IDENTITY = ("type", "name", "tax_id")
DETAILS = ("address", "phone", "bank", "bank_account")


@transaction.atomic
def save_title(
    *,
    customer: CustomerAccount,
    fields: Mapping[str, str],
    is_default: bool,
    by: User | None,
    at: datetime,
    title_id: int | None = None,
) -> InvoiceTitle:
    """Add a title, or change the one with `title_id`; the first one is the default.

    Applications keep the title as it was when they were submitted. `by` None is the system. Raises
    `not_permitted`, `account_closed`, `not_found` for a title of somebody else, what `for_paper` raises, and `title_fixed`
    for another name, type or tax ID of a title that was granted by review (A11).
    """
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    require_open(customer)
    title = _own(customer, title_id) if title_id else InvoiceTitle(customer=customer)
    before = _shown(title) if title_id else {}
    for name, value in fields.items():
        setattr(title, name, for_paper(value) if name in PARTY_FIELDS else value)
    if (
        before
        and _is_granted(title)
        and any(before[name] != getattr(title, name) for name in IDENTITY)
    ):
        raise DomainError("title_fixed")
    return _keep(title, before, is_default=is_default, by=by, at=at)


@transaction.atomic
def make_default(
    *, customer: CustomerAccount, title_id: int, by: User, at: datetime
) -> InvoiceTitle:
    """Choose the title that stands on invoices unless another one is chosen.

    Raises `not_permitted`, `account_closed`, `not_found`.
    """
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    require_open(customer)
    title = _own(customer, title_id)
    return _keep(title, _shown(title), is_default=True, by=by, at=at)


@transaction.atomic
def delete_title(*, customer: CustomerAccount, title_id: int, by: User, at: datetime) -> None:
    """Delete a title; the oldest of the others becomes the default if it was that. Gone already is fine.

    Raises `not_permitted`, `account_closed`, `title_in_use` while auto-invoicing is set up with it
    (on or off), `title_fixed` for a title that was granted by review.
    """
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    require_open(customer)
    title = InvoiceTitle.objects.filter(customer=customer, pk=title_id).first()
    if title is None:
        return
    if AutoInvoicing.objects.filter(title=title).exists():
        raise DomainError("title_in_use", uses="auto-invoicing")
    if _is_granted(title):
        raise DomainError("title_fixed")
    before, was_default = _shown(title), title.is_default
    title.delete()
    _changed(customer, title.name, before, {}, by, at)
    following = InvoiceTitle.objects.filter(customer=customer).order_by("pk").first()
    if was_default and following:
        _keep(following, _shown(following), is_default=True, by=by, at=at)


@transaction.atomic
def update_to_certification(*, customer: CustomerAccount, by: User, at: datetime) -> int:
    """ "Update to latest real-name information" (A07, B54). Returns how many titles changed.

    Titles of an earlier certified name take today's name, kind and tax ID. Address and bank stay
    after a change of name; after a change of subject they are another company's and are emptied.
    Without a title of today's name one is added. Raises `not_permitted`, `account_closed`,
    `certification_required`.
    """
    customer = lock_customer(customer.pk)
    require_member(by, customer)
    require_open(customer)
    certified = in_force(customer)
    if certified is None:
        raise DomainError("certification_required")
    outdated = outdated_titles(customer, certified)
    for title in outdated:
        before = _shown(title)
        kind, name, tax_id = certified_facts(certified)
        if title.tax_id and title.tax_id != tax_id:
            for detail in DETAILS:
                setattr(title, detail, "")
        title.type, title.name, title.tax_id = kind, name, tax_id
        _keep(title, before, is_default=title.is_default, by=by, at=at)
    titles = InvoiceTitle.objects.filter(customer=customer)
    if any(facts(title) == certified_facts(certified) for title in titles):
        return len(outdated)
    kind, name, tax_id = certified_facts(certified)
    title = InvoiceTitle(customer=customer, type=kind, name=name, tax_id=tax_id)
    _keep(title, {}, is_default=True, by=by, at=at)
    return len(outdated) + 1


def add_first_title(*, customer: CustomerAccount, at: datetime) -> None:
    """The certification is the default title of a customer that has none yet (A34).

    Where titles need approval an individual begins as "Individual" (A03). The customer is locked.
    """
    certified = in_force(customer)
    if certified is None or InvoiceTitle.objects.filter(customer=customer).exists():
        return
    kind, name, tax_id = certified_facts(certified)
    if kind == "individual" and policy_of(customer).individual_title != "free":
        name = DEFAULT_INDIVIDUAL[0]
    title = InvoiceTitle(customer=customer, type=kind, name=name, tax_id=tax_id)
    _keep(title, {}, is_default=True, by=None, at=at)


def add_granted(
    *, customer: CustomerAccount, fields: Mapping[str, str], by: User, at: datetime
) -> InvoiceTitle:
    """A title that review has granted (A11). Inside the caller's transaction, the customer locked."""
    title = InvoiceTitle(customer=customer, **fields)
    return _keep(title, {}, is_default=False, by=by, at=at)


@transaction.atomic
def enter_old_tax_id(
    *, title: InvoiceTitle, tax_id: str, by: User, reason: str, at: datetime
) -> InvoiceTitle:
    """Staff enter an old number of 15 or 20 characters that no form accepts; for ordinary invoices.

    Raises `not_permitted`, `four_eyes`, `account_closed`, `reason_required`, `tax_id_invalid`,
    `title_fixed` for a title that was granted by review.
    """
    customer = lock_customer(title.customer_id)
    require_staff(by, OVERRIDE, customer)
    require_open(customer)
    if not reason.strip():
        raise DomainError("reason_required")
    title = _own(customer, title.pk)
    if _is_granted(title):
        raise DomainError("title_fixed")
    before = _shown(title)
    title.tax_id = old_number(tax_id)
    return _keep(title, before, is_default=title.is_default, by=by, at=at, reason=reason.strip())


def _own(customer: CustomerAccount, title_id: int) -> InvoiceTitle:
    title = InvoiceTitle.objects.filter(customer=customer, pk=title_id).first()
    if title is None:
        raise DomainError("not_found")
    return title


def _is_granted(title: InvoiceTitle) -> bool:
    return title.pk is not None and hasattr(title, "approved_by")


def _shown(title: InvoiceTitle) -> dict[str, Any]:
    return {name: getattr(title, name) for name in (*IDENTITY, *DETAILS, "is_default")}


def _keep(
    title: InvoiceTitle,
    before: Mapping[str, Any],
    *,
    is_default: bool,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> InvoiceTitle:
    """Save it; exactly one title of a customer is the default.

    Auto-invoicing that uses what was the default pauses when another takes its place (A53).
    """
    others = InvoiceTitle.objects.filter(customer=title.customer).exclude(pk=title.pk)
    last = others.filter(is_default=True).first()
    title.is_default = is_default or last is None
    if title.is_default and last is not None:
        others.filter(is_default=True).update(is_default=False)
        pausing.title_changed(title=last, at=at)
    title.save()
    after = _shown(title)
    if before and any(before[name] != after[name] for name in (*IDENTITY, *DETAILS)):
        pausing.title_changed(title=title, at=at)
    _changed(title.customer, title.name, before, after, by, at, reason)
    return title


def _changed(
    customer: CustomerAccount,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Every change of a title passes here: `before` {} is a new one, `after` {} a deleted one."""
    if before == after:
        return
    record(
        customer=customer,
        actor=by,
        action="title_changed",
        about=name[:60],
        before=before,
        after=dict(after) | ({"reason": reason} if reason else {}),
        at=at,
    )
