"""Asking for invoices: the preview is the plan, and submitting does exactly that plan."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount, User
from accounts.services.locking import lock_customer
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import profiles, remarks, review
from invoicing.domain.planning import Plan, PlannedLine, make_plan
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import title_matches
from invoicing.models import Claim, Invoice, InvoiceableItem, InvoiceApplication, InvoiceLine
from invoicing.queries import candidate, deficits
from invoicing.services import transitions
from invoicing.services.asking import Ask, Terms, check_terms, select_items, still_open
from invoicing.services.holding import follow_deficits
from invoicing.services.offsetting import write_offsets
from ledger.models import TaxCategory

GONE = frozenset({"insufficient_invoiceable", "nothing_selected"})  # after a preview: taken since


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What submitting would do: the invoices, the terms, and the remark of the application."""

    plan: Plan
    policy: Policy
    terms: Terms
    remarks: str


def preview(*, customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    """The exact invoices that `ask` would give at `at`. Writes nothing.

    Raises what `check_terms`, `select_items` and `make_plan` raise.
    """
    policy = profiles.get(customer.profile)
    terms = check_terms(customer=customer, policy=policy, ask=ask)
    items = select_items(customer=customer, policy=policy, ask=ask, at=at)
    plan = make_plan(
        policy=policy,
        candidates=[candidate(item) for item in items],
        deficits=deficits(customer),
        amount=ask.amount,
        medium=terms.medium,
        separate=ask.separate,
        currency=customer.currency,
    )
    return Preview(plan=plan, policy=policy, terms=terms, remarks=_remarks(ask, plan))


def _remarks(ask: Ask, plan: Plan) -> str:
    """What the customer wrote, or for whole months the months covered (A38, SC-29)."""
    if ask.remarks is not None:
        return ask.remarks
    if ask.method != InvoiceApplication.Method.MONTH:
        return ""
    return remarks.months_remark(period for inv in plan.invoices for period in inv.periods)


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
    with another ask raises `reference_conflict` (SC-46). `plan_hash` is what the customer saw;
    a plan that moved raises `plan_changed` with the difference (SC-42). Where the profile wants
    the amount confirmed, `confirm_amount` must equal it, else `confirm_amount_changed` (SC-47).
    Raises what `preview` raises, `remarks_too_long`, and writes nothing then.
    """
    customer = lock_customer(customer.pk)
    existing = InvoiceApplication.objects.filter(
        customer=customer, idempotency_key=idempotency_key
    ).first()
    if existing:
        if existing.fingerprint != ask.fingerprint:
            raise DomainError("reference_conflict", reference=idempotency_key)
        return existing
    seen = _preview_or_drift(customer, ask, at, plan_hash)
    _check_unchanged(seen, plan_hash, confirm_amount, customer.currency)
    if remarks.excess(seen.remarks):
        raise DomainError("remarks_too_long", limit=remarks.LIMIT)
    application = _write_application(customer, ask, seen, at, actor, idempotency_key, source)
    write_offsets(pairs=seen.plan.offsets, application=application, at=at)
    if seen.plan.offsets:
        follow_deficits(customer_ids=[customer.pk], at=at)
    _write_invoices(application, seen.plan)
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
        left = still_open(customer=customer, ask=ask, at=at)
        raise DomainError("plan_changed", total=left, currency=customer.currency) from error


def _check_unchanged(
    seen: Preview, plan_hash: str | None, confirmed: Decimal | None, currency: str
) -> None:
    total = seen.plan.total
    if seen.policy.confirm_amount and confirmed != total:
        raise DomainError("confirm_amount_changed", amount=total)
    if plan_hash is not None and plan_hash != seen.plan.hash:
        raise DomainError("plan_changed", total=total, currency=currency)


def _write_application(
    customer: CustomerAccount,
    ask: Ask,
    seen: Preview,
    at: datetime,
    actor: User | None,
    idempotency_key: str,
    source: str,
) -> InvoiceApplication:
    policy, terms = seen.policy, seen.terms
    matches = title_matches(terms.certification.name, terms.title.name)
    return InvoiceApplication.objects.create(
        customer=customer,
        source=source,
        method=ask.method,
        kind=ask.kind,
        medium=terms.medium,
        buyer=terms.buyer,
        recipient_email=terms.recipient_email,
        mailing_address=terms.mailing_address,
        remarks=seen.remarks,
        total=Money(seen.plan.total, customer.currency),
        offset_total=seen.plan.offset,
        plan_hash=seen.plan.hash,
        idempotency_key=idempotency_key,
        fingerprint=ask.fingerprint,
        profile=policy.code,
        profile_version=policy.version,
        title_matches=matches,
        submitted_at=at,
        submitted_by=actor,
        auto_review_at=review.auto_review_at(policy, matches, at),
        review_due_at=review.review_due_at(policy, matches, at, {}, customer.tz),
    )


def _write_invoices(application: InvoiceApplication, plan: Plan) -> None:
    currency = plan.currency
    invoices = Invoice.objects.bulk_create(
        Invoice(
            application=application,
            position=position,
            entity_id=planned.entity_id,
            kind=application.kind,
            medium=planned.medium,
            rate=planned.rate,
            why=planned.why,
            period=planned.period or "",
            net=Money(planned.net, currency),
            tax=Money(planned.tax, currency),
            gross=Money(planned.gross, currency),
        )
        for position, planned in enumerate(plan.invoices, start=1)
    )
    planned_lines = [line for planned in plan.invoices for line in planned.lines]
    names = TaxCategory.objects.in_bulk({line.key.category_id for line in planned_lines})
    lines = InvoiceLine.objects.bulk_create(
        _line(invoice, position, line, names[line.key.category_id])
        for invoice, planned in zip(invoices, plan.invoices, strict=True)
        for position, line in enumerate(planned.lines, start=1)
    )
    reserved: dict[int, Decimal] = defaultdict(lambda: ZERO)
    claims = []
    for row, planned_line in zip(lines, planned_lines, strict=True):
        for item_id, amount in planned_line.claims:
            claims.append(Claim(line=row, item_id=item_id, amount=amount))
            reserved[item_id] += amount
    Claim.objects.bulk_create(claims)
    move_claims(reserved, "reserved", 1)


def _line(invoice: Invoice, position: int, line: PlannedLine, category: TaxCategory) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        position=position,
        tax_category=category,
        tax_code=line.key.tax_code,
        short_name=category.short_name,
        content=line.key.content,
        rate=line.key.rate,
        net=line.net,
        tax=line.tax,
        gross=line.gross,
    )


def move_claims(amounts: dict[int, Decimal], field: str, sign: int) -> None:
    """Add (`sign` 1) or take (-1) amounts by item id to `field`, rows locked in key order."""
    locked = InvoiceableItem.objects.select_for_update(no_key=True, of=("self",))
    rows = list(locked.filter(pk__in=amounts).order_by("pk"))
    for row in rows:
        setattr(row, field, getattr(row, field) + sign * amounts[row.pk])
    InvoiceableItem.objects.bulk_update(rows, [field])
