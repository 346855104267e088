"""Withdrawals: a customer asks for cash back, staff review it and pay it, or it comes back.

The amount is frozen from the request on. A closed account may still withdraw: closing ends
business, and what is left on the account belongs to the customer.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django_fsm import TransitionNotAllowed
from djmoney.money import Money

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_again, lock_customer, lock_name
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from finance_console.kernel.writing import in_currency
from ledger.models import LedgerAccount, Transfer, Withdrawal
from ledger.queries.balances import withdrawable
from ledger.services.bills import generating
from ledger.services.funds import lots, moving
from ledger.services.payouts import rules
from ledger.services.payouts.holding import require_not_held
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket
Status, Route = Withdrawal.Status, Withdrawal.Route
ONE_PAYOUT_EACH = 7301005  # any number, the same in every process


@transaction.atomic
def request_withdrawal(
    *,
    customer: CustomerAccount,
    amount: Decimal,
    idempotency_key: str,
    at: datetime,
    by: User | None,
    route: str = Route.ORIGINAL,
) -> Withdrawal:
    """Freeze `amount` of the customer's cash (its currency) and ask staff to pay it out.

    Idempotent by `idempotency_key`. `by` acts for the customer (None: the system).
    Raises `invalid_amount`, `below_minimum`, `withdrawal_held`, `insufficient_balance`,
    `daily_limit`, `no_certified_account`, `not_permitted`, `reference_conflict`.
    """
    customer = lock_customer(customer.pk)
    rules.require_member(customer, by)
    known = customer.withdrawals.filter(idempotency_key=idempotency_key).first()
    if known:
        if (known.amount.amount, known.route) != (amount, route):
            raise DomainError("reference_conflict", reference=idempotency_key)
        return known
    destination, takes = _plan(customer, amount, route, at)
    transfer_id = _move(
        customer, f"withdrawal:{idempotency_key}", amount, Bucket.CASH, Bucket.FROZEN, at
    )
    moving.take(takes, transfer_id)
    withdrawal = Withdrawal.objects.create(
        customer=customer,
        amount=Money(amount, customer.currency),
        route=route,
        destination=destination,
        idempotency_key=idempotency_key,
        requested_by=by,
        requested_at=at,
        freeze_id=transfer_id,
    )
    _tell(withdrawal, "withdrawal_requested", at)
    return withdrawal


def preview_withdrawal(
    *, customer: CustomerAccount, amount: Decimal, at: datetime, route: str = Route.ORIGINAL
) -> list[dict[str, Any]]:
    """Where the money would go, as `Withdrawal.destination` has it. Raises what asking raises."""
    return _plan(customer, amount, route, at)[0]


def _plan(
    customer: CustomerAccount, amount: Decimal, route: str, at: datetime
) -> tuple[list[dict[str, Any]], list[lots.Take]]:
    """Check the request; where its money goes, and out of which lots."""
    if route not in Route.values:
        raise DomainError("not_found")
    amount = parse_amount(str(amount), customer.currency)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    rules.require_withdrawable(customer, amount)
    rules.require_within_limits(customer, amount, at)
    takes = moving.plan(customer, amount, newest_first=True)
    return rules.destinations(customer, route, amount, takes), takes


@transaction.atomic
def review_withdrawal(*, withdrawal: Withdrawal, by: User, at: datetime) -> Withdrawal:
    """A member of staff looked at it and finds it right: it may be paid.

    Raises `not_permitted`, `four_eyes`, `wrong_state`.
    """
    withdrawal = lock_again(withdrawal)
    rules.require_checker(withdrawal, by)
    _go(withdrawal, lambda: withdrawal.review(by=by, at=at))
    return withdrawal


@transaction.atomic
def pay_withdrawal(
    *, withdrawal: Withdrawal, bank_reference: str, by: User, at: datetime, paid_from: str = ""
) -> Withdrawal:
    """The money left by bank: frozen becomes withdrawn. The same reference twice is harmless.

    One payment of the bank pays one withdrawal: `paid_from` is the account of ours that it left
    ("" where there is only one), and within it a reference is used once. What was held since the
    request is not paid (R10): it waits until the hold is lifted, or is rejected. Raises
    `bank_reference_required`, `bank_reference_used`, `withdrawal_held`, `not_permitted`,
    `four_eyes`, `wrong_state`.
    """
    withdrawal = lock_again(withdrawal)
    rules.require_checker(withdrawal, by, releases=True)
    reference, account = bank_reference.strip(), paid_from.strip()
    if not reference:
        raise DomainError("bank_reference_required")
    if withdrawal.status == Status.PAID and (withdrawal.bank_reference, withdrawal.paid_from) == (
        reference,
        account,
    ):
        return withdrawal
    _require(withdrawal, Status.REVIEWING)
    _require_unused(reference, account)
    require_not_held(withdrawal.customer, available=withdrawable(withdrawal.customer).available)
    transfer_id = _move(
        withdrawal.customer,
        f"withdrawal-paid:{withdrawal.pk}",
        withdrawal.amount.amount,
        Bucket.FROZEN,
        Bucket.WITHDRAWN,
        at,
    )
    _go(
        withdrawal,
        lambda: withdrawal.pay(
            by=by, at=at, reference=reference, paid_from=account, settlement_id=transfer_id
        ),
    )
    _tell(withdrawal, "withdrawal_paid", at, reference=reference)
    return withdrawal


@transaction.atomic
def fail_withdrawal(*, withdrawal: Withdrawal, reason: str, by: User, at: datetime) -> Withdrawal:
    """The bank refused: the money is back on the account, in the very lots it came from.

    Raises `reason_required`, `not_permitted`, `four_eyes`, `wrong_state`.
    """
    withdrawal = lock_again(withdrawal)
    rules.require_checker(withdrawal, by)
    _require(withdrawal, Status.REVIEWING)
    transfer_id = _bring_back(withdrawal, reason, at)
    _go(withdrawal, lambda: withdrawal.fail(at=at, reason=reason, settlement_id=transfer_id))
    _tell(withdrawal, "withdrawal_failed", at, reason=reason)
    generating.settle_bills(customer=withdrawal.customer, at=at)
    return withdrawal


@transaction.atomic
def reject_withdrawal(*, withdrawal: Withdrawal, reason: str, by: User, at: datetime) -> Withdrawal:
    """Staff say no: the money is back on the account, in the very lots it came from.

    Raises `reason_required`, `not_permitted`, `four_eyes`, `wrong_state`.
    """
    withdrawal = lock_again(withdrawal)
    rules.require_checker(withdrawal, by)
    _require(withdrawal, Status.REQUESTED, Status.REVIEWING)
    transfer_id = _bring_back(withdrawal, reason, at)
    _go(
        withdrawal,
        lambda: withdrawal.reject(by=by, at=at, reason=reason, settlement_id=transfer_id),
    )
    _tell(withdrawal, "withdrawal_rejected", at, reason=reason)
    generating.settle_bills(customer=withdrawal.customer, at=at)
    return withdrawal


def _require_unused(reference: str, account: str) -> None:
    """No other withdrawal was paid by this payment of the bank; until the end nobody else uses it."""
    lock_name(ONE_PAYOUT_EACH, f"{account}|{reference}")
    paid = Withdrawal.objects.filter(bank_reference=reference, paid_from=account).first()
    if paid:
        raise DomainError("bank_reference_used", reference=reference, number=str(paid))


def _require(withdrawal: Withdrawal, *states: str) -> None:
    if withdrawal.status not in states:
        raise DomainError("wrong_state", state=withdrawal.get_status_display())


def _go(withdrawal: Withdrawal, transition: Callable[[], None]) -> None:
    try:
        transition()
    except TransitionNotAllowed:
        raise DomainError("wrong_state", state=withdrawal.get_status_display()) from None
    withdrawal.save()


def _move(
    customer: CustomerAccount,
    reference: str,
    amount: Decimal,
    source: str,
    target: str,
    at: datetime,
    reverses_id: int | None = None,
) -> int:
    transfer_id, _created = post(
        customer=customer,
        reference=reference,
        kind=Transfer.Kind.WITHDRAWAL,
        legs=[Leg(source, -amount), Leg(target, amount)],
        currency=customer.currency,
        at=at,
        reverses_id=reverses_id,
    )
    return transfer_id


def _bring_back(withdrawal: Withdrawal, reason: str, at: datetime) -> int:
    if not reason.strip():
        raise DomainError("reason_required")
    transfer_id = _move(
        withdrawal.customer,
        f"withdrawal-back:{withdrawal.pk}",
        withdrawal.amount.amount,
        Bucket.FROZEN,
        Bucket.CASH,
        at,
        reverses_id=withdrawal.freeze_id,
    )
    moving.restore(
        customer=withdrawal.customer,
        undone_id=withdrawal.freeze_id,
        transfer_id=transfer_id,
        at=at,
    )
    return transfer_id


def _tell(withdrawal: Withdrawal, topic: str, at: datetime, **values: str) -> None:
    enqueue(
        customer=withdrawal.customer,
        topic=topic,
        about=str(withdrawal),
        values={
            "withdrawal": str(withdrawal),
            "amount": in_currency(withdrawal.amount.amount, withdrawal.amount.currency.code),
            **values,
        },
        at=at,
    )
