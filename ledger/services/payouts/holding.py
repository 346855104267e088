"""Holds: money that stays on the account for a while, and why (B38, C23, D11)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from ledger.models import Hold
from ledger.queries.balances import active_holds, fund_balances, hold_words

PERMISSION = "ledger.change_hold"


@transaction.atomic
def place_hold(
    *,
    customer: CustomerAccount,
    amount: Decimal | None,
    reason: str,
    source: str,
    at: datetime,
    by: User | None = None,
) -> Hold:
    """Hold `amount` of the customer's cash (None: all of it) for `source`, from `at` on.

    One hold per source: the same amount again changes nothing, another amount replaces it (the
    first is lifted, so both stay on record). `by` None is the system, for example invoicing for a
    deficit; a person needs the right to change holds and may not belong to the customer.
    Raises `invalid_amount`, `reason_required`, `not_permitted`, `four_eyes`.
    """
    customer = lock_customer(customer.pk)
    _require_staff(by, customer)
    if amount is not None and amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    if not reason.strip():
        raise DomainError("reason_required")
    known = active_holds(customer).filter(source=source).first()
    if known and known.amount == amount:
        return known
    if known:
        _lift(known, at)
    hold = Hold.objects.create(
        customer=customer,
        currency=customer.currency,
        amount=amount,
        reason=reason.strip(),
        source=source,
        placed_at=at,
    )
    if by is not None:
        _tell(hold, "money_held", at)
    return hold


@transaction.atomic
def lift_hold(
    *, customer: CustomerAccount, source: str, at: datetime, by: User | None = None
) -> Hold | None:
    """What `source` held is free again. Returns the lifted hold; None when there was none.

    Raises `not_permitted`, `four_eyes`.
    """
    customer = lock_customer(customer.pk)
    _require_staff(by, customer)
    known = active_holds(customer).filter(source=source).first()
    if known:
        _lift(known, at)
    if known and by is not None:
        _tell(known, "money_released", at)
    return known


def _tell(hold: Hold, topic: str, at: datetime) -> None:
    """What staff hold and release is told here; what an app above holds for, there."""
    amount = fund_balances(hold.customer)["cash"] if hold.amount is None else hold.amount
    enqueue(
        customer=hold.customer,
        topic=topic,
        about=f"hold:{hold.pk}",
        values={"amount": in_currency(max(amount, ZERO), hold.currency), "reason": hold.reason},
        at=at,
    )


def require_not_held(customer: CustomerAccount, available: Decimal = ZERO) -> None:
    """Raises `withdrawal_held` while holds take more than the cash on the account covers.

    For money that was already frozen: it leaves only if what stays behind covers every hold, so
    it would be granted again now. Runs under the customer's lock.
    """
    holds = list(active_holds(customer))
    cash = max(fund_balances(customer)["cash"], ZERO)
    if holds and (
        any(hold.amount is None for hold in holds)
        or sum((hold.amount or ZERO for hold in holds), ZERO) > cash
    ):
        raise held(holds, available=available)


def held(holds: Sequence[Hold], *, available: Decimal) -> DomainError:
    """The refusal: what can go, and why not more (the oldest hold), with the ways out."""
    return DomainError("withdrawal_held", available=available, why=hold_words(holds[0].reason))


def _lift(hold: Hold, at: datetime) -> None:
    hold.lifted_at = at
    hold.save(update_fields=["lifted_at"])


def _require_staff(by: User | None, customer: CustomerAccount) -> None:
    if by is None:
        return
    if not by.is_active or not by.has_perm(PERMISSION):
        raise DomainError("not_permitted")
    if by.memberships.filter(customer=customer).exists():
        raise DomainError("four_eyes")
