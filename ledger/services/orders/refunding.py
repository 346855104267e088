"""Refunds and downgrades: cash back, measured on the cash that was paid."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, lock_customers
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from ledger.models import Bill, BillLine, Charge, LedgerAccount, Refund, Transfer
from ledger.services.bills.charging import held_bucket
from ledger.services.funds.lots import give_back
from ledger.services.posting import Leg, post
from ledger.signals import charge_refunded

Bucket = LedgerAccount.Bucket


@transaction.atomic
def refund_charge(
    *,
    charge: Charge,
    amount: Decimal,
    reason: str,
    reference: str,
    at: datetime,
    told: bool = True,
) -> Refund:
    """Give `amount` of the charge's cash back to the payer's balance, who is told (not `told`: by the caller).

    Coupons, vouchers and the like are not returned and never become cash (SC-63, SC-65).
    Idempotent by `reference`. Raises `over_refund`, `invalid_amount`, `reference_conflict`.
    """
    customer = _locked_payer(charge)
    charge = Charge.objects.select_for_update(no_key=True).get(pk=charge.pk)
    known = Transfer.objects.filter(customer=customer, reference=f"refund:{reference}").exists()
    refundable = charge.cash - charge.refunded
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=charge.currency)
    if amount > refundable and not known:
        raise DomainError("over_refund", refundable=refundable)
    transfer_id, created = post(
        customer=customer,
        reference=f"refund:{reference}",
        kind=Transfer.Kind.REFUND,
        legs=[
            Leg(held_bucket(charge), -amount, charge.tax_category.entity_id),
            Leg(Bucket.CASH, amount),
        ],
        currency=charge.currency,
        at=at,
    )
    if not created:
        first = Refund.objects.get(transfer_id=transfer_id)
        if (first.charge_id, first.reason) != (charge.pk, reason):
            raise DomainError("reference_conflict", reference=reference)
        return first
    refund = Refund.objects.create(
        charge=charge, amount=amount, reason=reason, refunded_at=at, transfer_id=transfer_id
    )
    charge.refunded += amount
    charge.save(update_fields=["refunded"])
    give_back(charge=charge, fund=Bucket.CASH, transfer_id=transfer_id, at=at)
    charge_refunded.send(Refund, refund_ids=[refund.pk], at=at)
    if told:
        tell_refunded(charge, amount, about=f"refund:{refund.pk}", at=at)
    return refund


def tell_refunded(charge: Charge, amount: Decimal, *, about: str, at: datetime) -> None:
    """Owe whoever paid a message that money came back, for the order or the bill that people know (D03)."""
    if charge.order is not None:
        number = charge.order.number
    else:
        line = BillLine.objects.filter(charge=charge).select_related("bill").first()
        number = line.bill.number if line else ""
    enqueue(
        customer=charge.customer,
        topic="money_refunded",
        about=about,
        values={"total": in_currency(amount, charge.currency), "number": number},
        at=at,
    )


def _locked_payer(charge: Charge) -> CustomerAccount:
    """Whoever paid; locked with whoever uses it, who may hold the right to invoice it (C28)."""
    ids = {charge.customer_id}
    if charge.order is not None:
        ids.add(charge.order.customer_id)
    return lock_customers(ids)[charge.customer_id]


@transaction.atomic
def refund_bill(
    *, bill: Bill, amount: Decimal, reason: str, reference: str, at: datetime
) -> list[Refund]:
    """Give `amount` of a settled bill's cash back, line by line until it is reached.

    Idempotent by `reference`. Raises `bill_not_settled`, and what `refund_charge` raises; the
    limit is the cash paid for the whole bill.
    """
    lock_customer(bill.customer_id)
    charges = list(Charge.objects.filter(bill_line__bill=bill).order_by("pk"))
    if not charges:
        raise DomainError("bill_not_settled")
    known = list(
        Refund.objects.filter(
            transfer__reference__startswith=f"refund:{reference}/", charge__in=charges
        )
    )
    if known:
        if sum(refund.amount for refund in known) != amount:
            raise DomainError("reference_conflict", reference=reference)
        return known
    refundable = sum((charge.cash - charge.refunded for charge in charges), Decimal(0))
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=bill.total.currency.code)
    if amount > refundable:
        raise DomainError("over_refund", refundable=refundable)
    made = []
    for n, charge in enumerate(charges, start=1):
        part = min(amount, charge.cash - charge.refunded)
        if part:
            made.append(
                refund_charge(
                    charge=charge,
                    amount=part,
                    reason=reason,
                    reference=f"{reference}/{n}",
                    at=at,
                    told=False,
                )
            )
            amount -= part
    total = sum((refund.amount for refund in made), Decimal(0))
    tell_refunded(charges[0], total, about=f"refund:{made[0].pk}", at=at)
    return made
