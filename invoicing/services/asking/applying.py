"""Asking for invoices: the preview is the plan, and submitting does exactly that plan."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount, User
from accounts.queries.workdays import calendar_after
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import remarks, review
from invoicing.domain.planning import Plan, make_plan
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import title_matches
from invoicing.models import Invoice, InvoiceApplication
from invoicing.queries.planning import candidate, deficits
from invoicing.queries.policies import policy_of
from invoicing.services import transitions
from invoicing.services.asking import members
from invoicing.services.asking.reserving import write_invoices
from invoicing.services.asking.terms import Ask, Terms, check_terms, select_items, still_open
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.offsetting import write_offsets

GONE = frozenset({"insufficient_invoiceable", "nothing_selected"})  # after a preview: taken since


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What submitting would do: the invoices, the terms, and the remark of the application."""

    ask: Ask
    plan: Plan
    policy: Policy
    terms: Terms
    remarks: str

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of all that moves money or is fixed on the documents.

        The plan, the kind, the medium, the title block and the model column; with the items it
        covers whose they are. The remark and the recipient may still change.
        """
        content = [
            self.plan.hash,
            self.ask.kind,
            self.terms.medium,
            self.terms.buyer,
            self.ask.model,
            self.ask.by_member,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def token(self) -> str:
        """What `submit` takes as what the customer saw: the hash with the total, for the difference."""
        return f"{self.hash}:{self.plan.total}"


def preview(*, customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    """The exact invoices that `ask` would give at `at`. Writes nothing.

    Without a wish the medium is the first that the profile allows and every seller issues in.
    Raises what `check_terms`, `members.owners`, `select_items` and `make_plan` raise.
    """
    media = policy_of(customer).media.get(ask.kind, ())
    wishes = [ask] if ask.medium else [ask, *(replace(ask, medium=other) for other in media[1:])]
    for wish in wishes[:-1]:
        try:
            return _preview(customer, wish, at)
        except DomainError as error:
            if error.code != "medium_not_allowed":
                raise
    return _preview(customer, wishes[-1], at)


def _preview(customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    policy = policy_of(customer)
    terms = check_terms(customer=customer, policy=policy, ask=ask)
    owners = members.owners(customer, ask.members)
    items = select_items(owners=owners, policy=policy, ask=ask, at=at)
    plan = make_plan(
        policy=policy,
        candidates=[candidate(item) for item in items],
        deficits=deficits(*owners),
        amount=ask.amount,
        medium=terms.medium,
        separate=ask.separate,
        by_member=ask.by_member,
        currency=customer.currency,
    )
    written = remark_for(ask, plan, policy, terms)
    return Preview(ask=ask, plan=plan, policy=policy, terms=terms, remarks=written)


def remark_for(ask: Ask, plan: Plan, policy: Policy, terms: Terms) -> str:
    """The words of the customer, for months on one invoice the months covered, and the boxes ticked.

    A38, A44. Where each month has an invoice of its own, that one names it.
    """
    words = ask.remarks
    if words is None:
        together = ask.method == InvoiceApplication.Method.MONTH and not ask.separate
        periods = (period for inv in plan.invoices for period in inv.periods)
        words = remarks.months_remark(periods) if together else ""
    parts = ask.remark_parts
    if parts is None:
        parts = remarks.fitting(words, policy.default_remarks, terms.buyer)
    return remarks.compose(words, parts, terms.buyer)


@transaction.atomic
def submit(
    *,
    customer: CustomerAccount,
    ask: Ask,
    at: datetime,
    actor: User | None,
    idempotency_key: str,
    plan_hash: str | None = None,
    confirm_amount: Decimal | None = None,
    source: str = InvoiceApplication.Source.CUSTOMER,
) -> InvoiceApplication:
    """Submit an application: plan it under the customer's lock and reserve the amounts.

    Idempotent by `idempotency_key`: the same key with the same ask returns the first application,
    with another ask raises `reference_conflict` (SC-46). `plan_hash` is what the customer saw, the
    token of a preview; one that moved raises `plan_changed` with the difference (SC-42). Where the profile wants
    the amount confirmed, `confirm_amount` must equal it, else `confirm_amount_changed` (SC-47).
    Raises what `preview` raises, `remarks_too_long`, and writes nothing then.
    """
    customer = lock_customers({customer.pk, *ask.members})[customer.pk]
    existing = InvoiceApplication.objects.filter(
        customer=customer, idempotency_key=idempotency_key
    ).first()
    if existing:
        if existing.fingerprint != ask.fingerprint:
            raise DomainError("reference_conflict", reference=idempotency_key)
        return existing
    seen = _preview_or_drift(customer, ask, at, plan_hash)
    _check_unchanged(seen, plan_hash, confirm_amount, customer.currency)
    return write(
        customer=customer,
        ask=ask,
        seen=seen,
        at=at,
        actor=actor,
        idempotency_key=idempotency_key,
        source=source,
    )


def write(
    *,
    customer: CustomerAccount,
    ask: Ask,
    seen: Preview,
    at: datetime,
    actor: User | None,
    idempotency_key: str,
    source: str,
    corrects: Invoice | None = None,
) -> InvoiceApplication:
    """Write what was planned: application, offsets, invoices, claims.

    Under the lock of the customer and of all accounts that the ask covers.

    Raises `remarks_too_long`.
    """
    longest = max((invoice.period or "" for invoice in seen.plan.invoices), key=len)
    if remarks.excess(remarks.on_invoice(seen.remarks, longest)):
        raise DomainError("remarks_too_long", limit=remarks.LIMIT)
    application = _write_application(
        customer, ask, seen, at, actor, idempotency_key, source, corrects
    )
    write_offsets(pairs=seen.plan.offsets, application=application, at=at)
    if seen.plan.offsets:
        follow_deficits(customer_ids=application.account_ids, at=at)
    write_invoices(application, seen.plan)
    transitions.record_creation(application, actor=actor, at=at)
    return application


def _preview_or_drift(
    customer: CustomerAccount, ask: Ask, at: datetime, plan_hash: str | None
) -> Preview:
    """The preview; when what the customer saw is gone meanwhile, the refusal says so (SC-42)."""
    try:
        return preview(customer=customer, ask=ask, at=at)
    except DomainError as error:
        if plan_hash is None or error.code not in GONE:
            raise
        policy, owners = policy_of(customer), members.owners(customer, ask.members)
        left = still_open(owners=owners, policy=policy, ask=ask, at=at)
        raise _changed(plan_hash, left, customer.currency) from error


def _check_unchanged(
    seen: Preview, plan_hash: str | None, confirmed: Decimal | None, currency: str
) -> None:
    total = seen.plan.total
    if seen.policy.confirm_amount and confirmed != total:
        raise DomainError("confirm_amount_changed", amount=total)
    if plan_hash is not None and plan_hash.partition(":")[0] != seen.hash:
        raise _changed(plan_hash, total, currency)


def _changed(token: str, total: Decimal, currency: str) -> DomainError:
    """The refusal that names the total now and how far it is from the one in the token (SC-42)."""
    try:
        difference = total - Decimal(token.partition(":")[2])
    except InvalidOperation:  # no total in it
        difference = ZERO
    says = "plan_changed" if difference else "plan_changed_inside"
    return DomainError(
        "plan_changed", says=says, total=total, currency=currency, difference=f"{difference:+.2f}"
    )


def _write_application(
    customer: CustomerAccount,
    ask: Ask,
    seen: Preview,
    at: datetime,
    actor: User | None,
    idempotency_key: str,
    source: str,
    corrects: Invoice | None,
) -> InvoiceApplication:
    policy, terms = seen.policy, seen.terms
    matches = title_matches(terms.certification.name, terms.title.name)
    return InvoiceApplication.objects.create(
        customer=customer,
        source=source,
        corrects=corrects,
        method=ask.method,
        kind=ask.kind,
        medium=terms.medium,
        buyer=terms.buyer,
        recipient_email=terms.recipient_email,
        mailing_address=terms.mailing_address,
        remarks=seen.remarks,
        model=ask.model,
        members=sorted(set(ask.members)),
        by_member=ask.by_member,
        total=Money(seen.plan.total, customer.currency),
        offset_total=seen.plan.offset,
        plan_hash=seen.hash,
        idempotency_key=idempotency_key,
        fingerprint=ask.fingerprint,
        profile=policy.code,
        profile_version=policy.version,
        title_matches=matches,
        submitted_at=at,
        submitted_by=actor,
        auto_review_at=review.auto_review_at(policy, matches, at),
        review_due_at=review.review_due_at(
            policy, matches, at, calendar_after(at, customer.tz), customer.tz
        ),
    )
