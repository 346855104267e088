"""Money coming in: cash recharges and grants of other funds."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import InvoicingEntity, LedgerAccount, Lot, Product, Recharge, Transfer
from ledger.services import billing, funds
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
    even_closed: bool = False,
) -> Recharge:
    """Cash arrived: add it to the balance and settle what is owed, oldest bill first.

    Idempotent by `reference` (the payment channel's number). `amount` is in the customer's
    currency, tax-inclusive. `booked_at` is when the money arrived, where that was before `at`:
    the recharge counts from then, what it settles is settled at `at`. `even_closed`: the money is
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
    funds.receive(
        customer=customer, fund=Bucket.CASH, amount=amount, transfer_id=transfer_id, at=arrived
    )
    recharge = Recharge.objects.create(
        customer=customer,
        amount=Money(amount, customer.currency),
        channel=channel,
        paid_at=arrived,
        transfer_id=transfer_id,
    )
    billing.settle_bills(customer=customer, at=at)
    return recharge


@transaction.atomic
def grant(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    reference: str,
    at: datetime,
    expires_at: datetime | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> Lot:
    """Give the customer vouchers, coupons, rebates or gift balance. Idempotent by `reference`.

    It can be spent until `expires_at` (exclusive; None: for ever), and only on `product` or on
    what `entity` sells where these are given.
    Raises `invalid_amount` (also for cash, which only a recharge adds), `account_closed`,
    `reference_conflict`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    if amount <= 0 or fund not in LedgerAccount.FUNDS or fund == Bucket.CASH:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    transfer_id, created = post(
        customer=customer,
        reference=f"grant:{reference}",
        kind=Transfer.Kind.GRANT,
        legs=[Leg(Bucket.GRANTS, -amount), Leg(fund, amount)],
        currency=customer.currency,
        at=at,
    )
    if not created:
        return Lot.objects.get(source_id=transfer_id)
    return funds.receive(
        customer=customer,
        fund=fund,
        amount=amount,
        transfer_id=transfer_id,
        at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
