"""Money coming in: cash recharges and grants of other funds."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import LedgerAccount, Recharge, Transfer
from ledger.services.bills import generating
from ledger.services.funds import lots
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket


@transaction.atomic
def record_recharge(
    *,
    customer: CustomerAccount,
    amount: Decimal,
    channel: str,
    reference: str,
    at: datetime,
    booked_at: datetime | None = None,
    booked_on: date | None = None,
    even_closed: bool = False,
) -> Recharge:
    """Cash arrived: add it to the balance and settle what is owed, oldest bill first.

    Idempotent by `reference` (the payment channel's number). `amount` is in the customer's
    currency, tax-inclusive. `booked_at` is when the money arrived, where that was before `at`:
    the recharge counts from then, what it settles is settled at `at`. `booked_on` is the day on
    the bank's statement, kept beside it. `even_closed`: the money is
    there whether the account is open or not, so it is written down.
    Raises `invalid_amount`, `account_closed`, `reference_conflict`, `period_locked`.
    """
    customer = lock_customer(customer.pk)
    if not even_closed:
        require_open(customer)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    arrived = booked_at or at
    transfer_id, created = post(
        customer=customer,
        reference=f"recharge:{reference}",
        kind=Transfer.Kind.RECHARGE,
        legs=[Leg(Bucket.FUNDING, -amount), Leg(Bucket.CASH, amount)],
        currency=customer.currency,
        at=arrived,
    )
    if not created:
        return Recharge.objects.get(transfer_id=transfer_id)
    lots.receive(
        customer=customer, fund=Bucket.CASH, amount=amount, transfer_id=transfer_id, at=arrived
    )
    recharge = Recharge.objects.create(
        customer=customer,
        amount=Money(amount, customer.currency),
        channel=channel,
        paid_at=arrived,
        booked_on=booked_on,
        transfer_id=transfer_id,
    )
    generating.settle_bills(customer=customer, at=at)
    return recharge
