"""Prepaid orders: pay, deliver, fail."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from ledger.domain.charging import draw
from ledger.models import Charge, Order, Product, Refund, TaxCategory, Transfer
from ledger.queries import fund_balances, spending_order
from ledger.services.charge import NewCharge, record_charges
from ledger.services.posting import Leg, payment_legs, post
from ledger.signals import charge_delivered, charge_refunded


@transaction.atomic
def pay_order(
    *,
    number: str,
    customer: CustomerAccount,
    amount: Decimal,
    tax_category: TaxCategory,
    at: datetime,
    product: Product | None = None,
    payer: CustomerAccount | None = None,
    description: str = "",
) -> Order:
    """Place a prepaid order and pay it now from the payer's funds, in the profile's order.

    `amount` is tax-inclusive, in the payer's currency. `payer` defaults to the customer; a third
    party who pays also gets the right to invoice (C28). Idempotent by `number`.
    Raises `insufficient_balance`, `invalid_amount`, `currency_mismatch`, `account_closed`,
    `reference_conflict`.
    """
    payer_id = payer.pk if payer else customer.pk
    locked = lock_customers({customer.pk, payer_id})
    paying = locked[payer_id]
    for account in locked.values():
        require_open(account)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=paying.currency)
    if paying.currency != locked[customer.pk].currency:
        raise DomainError("currency_mismatch", currency=locked[customer.pk].currency)
    existing = Order.objects.filter(number=number).first()
    if existing:
        same = (existing.customer_id, existing.payer_id, existing.amount.amount)
        if same != (customer.pk, payer_id, amount):
            raise DomainError("reference_conflict", reference=number)
        return existing
    parts = draw(amount, fund_balances(paying), spending_order(paying))
    transfer, _created = post(
        customer=paying,
        reference=f"order:{number}",
        kind=Transfer.Kind.ORDER,
        legs=payment_legs(parts, tax_category.entity_id),
        currency=paying.currency,
        at=at,
    )
    order = Order.objects.create(
        number=number,
        customer_id=customer.pk,
        payer=paying,
        product=product,
        tax_category=tax_category,
        description=description or (product.name if product else tax_category.content),
        amount=Money(amount, paying.currency),
        paid_at=at,
        transfer=transfer,
    )
    new = NewCharge(order=order, period=month_of(at, paying.tz), funding=parts)
    record_charges(
        customer=paying, transfer=transfer, currency=paying.currency, charges=[new], at=at
    )
    return order


def _locked(order: Order) -> Order:
    lock_customers({order.customer_id, order.payer_id})
    return Order.objects.select_for_update(no_key=True).get(pk=order.pk)


@transaction.atomic
def deliver_order(*, order: Order, at: datetime) -> Order:
    """The resources are created: prepaid consumption is complete (B04). Twice is harmless.

    Raises `wrong_state` when the order failed.
    """
    order = _locked(order)
    if order.status == Order.Status.DELIVERED:
        return order
    _require_paid(order)
    order.deliver(at=at)
    order.save()
    charge_delivered.send(Order, charge_ids=[order.charge.pk], at=at)
    return order


@transaction.atomic
def fail_delivery(*, order: Order, at: datetime) -> Order:
    """The resources could not be created: every fund gets back what it paid (SC-03).

    Twice is harmless. Raises `wrong_state` when the order was delivered.
    """
    order = _locked(order)
    if order.status == Order.Status.FAILED:
        return order
    _require_paid(order)
    order.fail()
    order.save()
    charge = Charge.objects.select_for_update(no_key=True).get(order=order)
    funding = dict(charge.funding.values_list("fund", "amount"))
    back = payment_legs(funding, charge.tax_category.entity_id)
    transfer, _created = post(
        customer=charge.customer,
        reference=f"order-failed:{order.number}",
        kind=Transfer.Kind.REFUND,
        legs=[Leg(leg.bucket, -leg.amount, leg.entity_id) for leg in back],
        currency=charge.currency,
        at=at,
    )
    refund = Refund.objects.create(
        charge=charge,
        amount=charge.cash,
        reason=Refund.Reason.FAILED_DELIVERY,
        refunded_at=at,
        transfer=transfer,
    )
    charge.refunded = charge.cash
    charge.save(update_fields=["refunded"])
    charge_refunded.send(Order, refund_ids=[refund.pk], at=at)
    return order


def _require_paid(order: Order) -> None:
    if order.status != Order.Status.PAID:
        raise DomainError("wrong_state", state=order.get_status_display())
