"""Asking for invoices: the preview is the plan, and submitting does exactly that plan."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount, User
from accounts.queries.workdays import calendar_after
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks, review
from invoicing.domain.planning import Plan, make_plan
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import title_matches
from invoicing.models import Invoice, InvoiceApplication
from invoicing.queries.planning import deficits
from invoicing.queries.policies import policy_of
from invoicing.services import transitions
from invoicing.services.asking import members, plan_tokens
from invoicing.services.asking.explaining import explain_cover
from invoicing.services.asking.plan_tokens import changed
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
        """What `submit` takes as what the customer saw: the hash, and what it takes to name what moved."""
        return plan_tokens.token(self.hash, self.plan.total, self.parts)

    @property
    def wishes(self) -> list[str]:
        """Words of the customer's remarks that a person has to answer (A45, SC-45)."""
        return remarks.lint(self.ask.remarks or "", self.policy.remark_words)

    @property
    def title_matches(self) -> bool:
        """Whether the title is the certified name."""
        return title_matches(self.terms.certification.name, self.terms.title.name)

    @property
    def reviews_itself(self) -> bool:
        """Whether nobody needs to look: then the review takes minutes, else working days (B42, B43)."""
        return review.by_itself(
            self.policy, title_matches=self.title_matches, wishes=bool(self.wishes)
        )

    @property
    def parts(self) -> list[str]:
        """A short digest of each of `plan_tokens.PARTS`."""
        kinds = f"{self.ask.kind} {self.terms.medium}"
        buyer = json.dumps(self.terms.buyer, sort_keys=True)
        texts = (f"{self.plan.hash} {self.ask.by_member}", buyer, kinds, self.ask.model)
        return [hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts]


def preview(*, customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    """The exact invoices that `ask` would give at `at`, or the offset alone. Writes nothing.

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
    selected = select_items(owners=owners, policy=policy, ask=ask, at=at)
    try:
        plan = make_plan(
            policy=policy,
            candidates=selected.candidates,
            deficits=deficits(*owners),
            amount=ask.amount,
            medium=terms.medium,
            separate=ask.separate,
            by_member=ask.by_member,
            currency=customer.currency,
        )
    except DomainError as error:
        if error.code != "deficit_not_covered":
            raise
        raise explain_cover(error, owners=owners, policy=policy, at=at) from error
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
    shown: Ask | None = None,
    confirm_amount: Decimal | None = None,
    source: str = InvoiceApplication.Source.CUSTOMER,
) -> InvoiceApplication:
    """Submit an application: plan it under the customer's lock and reserve the amounts.

    Idempotent by `idempotency_key`: the same key with the same ask returns the first application,
    with another ask raises `reference_conflict` (SC-46). `plan_hash` is what the customer saw, the
    token of a preview; one that moved raises `plan_changed` with the difference (SC-42). `shown` is the ask of
    that preview, where the customer chose other terms since: what that alone changes is no surprise. Where the profile wants
    the amount confirmed, `confirm_amount` must equal it, else `confirm_amount_changed` (SC-47).
    Raises `nothing_but_offset` where deficits eat the selection whole (see `offset_alone`), what `preview` raises, `remarks_too_long`, and writes nothing then.
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
    if seen.policy.confirm_amount and confirm_amount != seen.plan.total:
        raise DomainError("confirm_amount_changed", amount=seen.plan.total)
    if plan_hash is not None and plan_tokens.digest_of(plan_hash) != seen.hash:
        _check_unchanged(customer, seen, shown or ask, plan_hash, at)
    if not seen.plan.invoices:
        raise DomainError("nothing_but_offset", offset=seen.plan.offset)
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
        left = min(left, error.values.get("available", left))
        raise changed(plan_hash, left, customer.currency) from error


def _check_unchanged(
    customer: CustomerAccount, seen: Preview, shown: Ask, plan_hash: str, at: datetime
) -> None:
    """Raises `plan_changed` unless all that differs from what was `shown` is what the customer chose."""
    before = seen
    if shown != seen.ask:
        try:
            before = preview(customer=customer, ask=shown, at=at)
        except DomainError:  # those terms are gone, such as a title that was deleted
            before = seen
    if plan_tokens.digest_of(plan_hash) != before.hash:
        what = plan_tokens.moved(plan_hash, before.parts)
        raise changed(plan_hash, seen.plan.total, customer.currency, what)


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
    matches, wishes = seen.title_matches, bool(seen.wishes)
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
        auto_review_at=review.auto_review_at(policy, matches, at, wishes=wishes),
        review_due_at=review.review_due_at(
            policy, matches, at, calendar_after(at, customer.tz), customer.tz, wishes=wishes
        ),
    )
