"""Correcting a balance by hand: asked for by one person, approved by another, always with a reason."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_again, lock_customer, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import round_money
from finance_console.kernel.writing import in_currency
from ledger.models import Adjustment, LedgerAccount, Transfer
from ledger.queries.balances import fund_balances
from ledger.services.bills import generating
from ledger.services.funds import lots
from ledger.services.operators import (
    require_another,
    require_controller,
    require_reason,
    require_stranger,
)
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket


@transaction.atomic
def request_adjustment(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    reason: str,
    by: User,
    at: datetime,
) -> Adjustment:
    """Ask for `amount` (negative takes away) to be added to a fund, in the customer's currency.

    Nothing moves yet. Raises `not_permitted`, `four_eyes` (`by` belongs to the customer),
    `explanation_required`, `invalid_amount` (also for what is no fund), `account_closed`,
    `insufficient_balance`.
    """
    require_controller(by)
    customer = lock_customer(customer.pk)
    require_open(customer)
    require_stranger(by, customer)
    reason = require_reason(reason, 300)
    if not amount or amount != round_money(amount, customer.currency) or fund not in _funds():
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    _require_balance(customer, fund, amount)
    return Adjustment.objects.create(
        customer=customer,
        fund=fund,
        amount=amount,
        currency=customer.currency,
        reason=reason,
        requested_by=by,
        requested_at=at,
    )


@transaction.atomic
def approve_adjustment(*, adjustment: Adjustment, by: User, at: datetime) -> Adjustment:
    """Post it: the fund against the customer's account for manual adjustments. Lots are kept in step.

    Money added in cash settles what is owed. The customer is told. Raises `not_permitted`,
    `four_eyes` (the person who asked, or a member of the customer), `wrong_state`,
    `account_closed`, `insufficient_balance`, `period_locked`.
    """
    require_controller(by)
    adjustment = _to_decide(adjustment, by)
    customer = adjustment.customer
    require_open(customer)
    fund, amount = adjustment.fund, adjustment.amount
    _require_balance(customer, fund, amount)
    transfer_id, _created = post(
        customer=customer,
        reference=f"adjustment:{adjustment.pk}",
        kind=Transfer.Kind.ADJUSTMENT,
        legs=[Leg(fund, amount), Leg(Bucket.ADJUSTMENT, -amount)],
        currency=adjustment.currency,
        at=at,
    )
    if amount > 0:
        lots.receive(customer=customer, fund=fund, amount=amount, transfer_id=transfer_id, at=at)
    else:
        lots.release(customer=customer, fund=fund, transfer_id=transfer_id, at=at)
    adjustment.approve(by=by, at=at, transfer_id=transfer_id)
    adjustment.save()
    enqueue(
        customer=customer,
        topic="balance_adjusted",
        about=str(adjustment.pk),
        values={"amount": in_currency(amount, adjustment.currency), "reason": adjustment.reason},
        at=at,
    )
    if fund == Bucket.CASH and amount > 0:
        generating.settle_bills(customer=customer, at=at)
    return adjustment


@transaction.atomic
def reject_adjustment(*, adjustment: Adjustment, by: User, at: datetime) -> Adjustment:
    """Say no; nothing moves. Raises `not_permitted`, `four_eyes`, `wrong_state`."""
    require_controller(by)
    adjustment = _to_decide(adjustment, by)
    adjustment.reject(by=by, at=at)
    adjustment.save()
    return adjustment


def _to_decide(adjustment: Adjustment, by: User) -> Adjustment:
    """The fresh row, locked, waiting for a decision that `by` may take."""
    row = lock_again(adjustment)
    if row.status != Adjustment.Status.REQUESTED:
        raise DomainError("wrong_state", state=row.get_status_display())
    require_another(by, row.requested_by_id)
    require_stranger(by, row.customer)
    return row


def _funds() -> tuple[str, ...]:
    return tuple(fund.value for fund in LedgerAccount.FUNDS)


def _require_balance(customer: CustomerAccount, fund: str, amount: Decimal) -> None:
    """What is taken away must be there: an adjustment never uses credit."""
    balance = fund_balances(customer)[fund]
    if balance + amount < 0 and amount < 0:
        raise DomainError(
            "insufficient_balance", says="takes_too_much", balance=balance, needed=-amount
        )
