"""Refunds and downgrades: cash back, measured on the cash that was paid."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.services.locking import lock_customer
from finance_console.kernel.errors import DomainError
from ledger.models import Charge, LedgerAccount, Refund, Transfer
from ledger.services.posting import Leg, post
from ledger.signals import charge_refunded

Bucket = LedgerAccount.Bucket


@transaction.atomic
def refund_charge(
    *, charge: Charge, amount: Decimal, reason: str, reference: str, at: datetime
) -> Refund:
    """Give `amount` of the charge's cash back to the payer's balance.

    Coupons, vouchers and the like are not returned and never become cash (SC-63, SC-65).
    Idempotent by `reference`. Raises `over_refund`, `invalid_amount`, `reference_conflict`.
    """
    customer = lock_customer(charge.customer_id)
    charge = Charge.objects.select_for_update(no_key=True).get(pk=charge.pk)
    known = Transfer.objects.filter(customer=customer, reference=f"refund:{reference}").exists()
    refundable = charge.cash - charge.refunded
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=charge.currency)
    if amount > refundable and not known:
        raise DomainError("over_refund", refundable=refundable)
    transfer, created = post(
        customer=customer,
        reference=f"refund:{reference}",
        kind=Transfer.Kind.REFUND,
        legs=[
            Leg(Bucket.REVENUE, -amount, charge.tax_category.entity_id),
            Leg(Bucket.CASH, amount),
        ],
        currency=charge.currency,
        at=at,
    )
    if not created:
        return Refund.objects.get(transfer=transfer)
    refund = Refund.objects.create(
        charge=charge, amount=amount, reason=reason, refunded_at=at, transfer=transfer
    )
    charge.refunded += amount
    charge.save(update_fields=["refunded"])
    charge_refunded.send(Refund, refund_ids=[refund.pk], at=at)
    return refund
