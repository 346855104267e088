"""Vouchers and the like given by staff."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import InvoicingEntity, LedgerAccount, Lot, Product, Transfer
from ledger.services.funds import lots
from ledger.services.operators import CONTROL, require_operator
from ledger.services.posting import Leg, post

Bucket = LedgerAccount.Bucket


@transaction.atomic
def grant_by_staff(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    reference: str,
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> Lot:
    """`grant`, by a person of the staff who may control the books.

    Raises `not_permitted`, `four_eyes` for somebody who acts for the customer, and what `grant`
    raises.
    """
    customer = lock_customer(customer.pk)
    require_operator(by, CONTROL, customer)
    return grant(
        customer=customer,
        fund=fund,
        amount=amount,
        reference=f"staff:{reference}",
        at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )


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
    return lots.receive(
        customer=customer,
        fund=fund,
        amount=amount,
        transfer_id=transfer_id,
        at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
