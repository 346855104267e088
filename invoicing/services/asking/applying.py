"""Asking for invoices: the preview is the plan, and submitting does exactly that plan."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceApplication
from invoicing.queries.policies import policy_of
from invoicing.services.asking import members, plan_tokens
from invoicing.services.asking.gathering import still_open
from invoicing.services.asking.plan_tokens import changed
from invoicing.services.asking.previewing import Preview, preview
from invoicing.services.asking.terms import Ask
from invoicing.services.asking.writing import Submission, write_application

GONE = frozenset({"insufficient_invoiceable", "nothing_selected"})  # after a preview: taken since


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
    wanted = Submission(
        customer=customer, preview=seen, idempotency_key=idempotency_key, source=source, actor=actor
    )
    return write_application(wanted, at=at)


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
