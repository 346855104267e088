"""Prepaid orders: pay, deliver, fail."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from ledger.models import (
    Charge,
    LedgerAccount,
    Order,
    Product,
    Refund,
    TaxCategory,
    Transfer,
)
from ledger.services.bills.charging import NewCharge, earned_bucket, record_charges
from ledger.services.catalogue import sold_under
from ledger.services.funds.lots import SpendableFunds, give_back
from ledger.services.orders.refunding import tell_refunded
from ledger.services.posting import Leg, payment_legs, post
from ledger.signals import charge_delivered, charge_refunded

Bucket = LedgerAccount.Bucket


@transaction.atomic
def pay_order(
    *,
    number: str,
    customer: CustomerAccount,
    amount: Decimal,
    at: datetime,
    tax_category: TaxCategory | None = None,
    product: Product | None = None,
    payer: CustomerAccount | None = None,
    description: str = "",
    contract_number: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    renews: Order | None = None,
) -> Order:
    """Place a prepaid order and pay it now from the payer's funds, in the profile's order.

    `amount` is tax-inclusive, in the payer's currency. `payer` defaults to the customer; a third
    party who pays also gets the right to invoice (C28). `product` decides entity and tax key by
    SKU and the payer's local day; `tax_category` is for what has no product. The term runs from
    `starts_on` to `ends_on`, both included. Idempotent by `number`, also after the account was closed.
    Raises `insufficient_balance`, `invalid_amount`, `invalid_term`, `currency_mismatch`,
    `account_closed`,
    `reference_conflict`.
    """
    payer_id = payer.pk if payer else customer.pk
    locked = lock_customers({customer.pk, payer_id})
    customer, payer = locked[customer.pk], locked[payer_id]
    term = (starts_on, ends_on)
    content = (customer.pk, payer.pk, amount, contract_number, *term, renews.pk if renews else None)
    if known := Order.objects.filter(number=number).first():
        if _content(known) != content:
            raise DomainError("reference_conflict", reference=number)
        return known
    _check_new(customer, payer, amount, term)
    tax_category = sold_under(product, tax_category, at.astimezone(payer.tz).date())
    funds = SpendableFunds(payer, at)
    payment = funds.draw(
        amount, product_id=product.pk if product else None, entity_id=tax_category.entity_id
    )
    transfer_id, _created = post(
        customer=payer,
        reference=f"order:{number}",
        kind=Transfer.Kind.ORDER,
        legs=payment_legs(payment.parts, Bucket.DEFERRED, tax_category.entity_id),
        currency=payer.currency,
        at=at,
    )
    order = Order.objects.create(
        number=number,
        customer=customer,
        payer=payer,
        product=product,
        tax_category=tax_category,
        description=description or (product.name if product else tax_category.content),
        amount=Money(amount, payer.currency),
        paid_at=at,
        contract_number=contract_number,
        starts_on=starts_on,
        ends_on=ends_on,
        renews=renews,
        transfer_id=transfer_id,
    )
    new = NewCharge(order=order, period=month_of(at, payer.tz), funding=payment.parts)
    (charge,) = record_charges(
        customer=payer, transfer_id=transfer_id, currency=payer.currency, charges=[new], at=at
    )
    funds.record({charge: payment}, transfer_id)
    return order


def _check_new(
    customer: CustomerAccount,
    payer: CustomerAccount,
    amount: Decimal,
    term: tuple[date | None, date | None],
) -> None:
    """What an order must be that was not placed before. Raises as `pay_order` says."""
    for account in (customer, payer):
        require_open(account)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=payer.currency)
    starts_on, ends_on = term
    if (starts_on is None) != (ends_on is None) or (starts_on and ends_on and starts_on > ends_on):
        raise DomainError("invalid_term")
    if payer.currency != customer.currency:
        raise DomainError("currency_mismatch", one=payer.currency, other=customer.currency)


def _content(order: Order) -> tuple[object, ...]:
    """What must be the same when an order comes in twice."""
    return (
        order.customer_id,
        order.payer_id,
        order.amount.amount,
        order.contract_number,
        order.starts_on,
        order.ends_on,
        order.renews_id,
    )


def locked_order(order: Order) -> Order:
    """The order as it is now, locked after the accounts of whoever uses it and whoever paid it."""
    lock_customers({order.customer_id, order.payer_id})
    return Order.objects.select_for_update(no_key=True).get(pk=order.pk)


@transaction.atomic
def deliver_order(*, order: Order, at: datetime) -> Order:
    """The resources are created: prepaid consumption is complete (B04). Twice is harmless.

    Raises `wrong_state` when the order failed.
    """
    order = locked_order(order)
    if order.status == Order.Status.DELIVERED:
        return order
    _require_paid(order)
    order.deliver(at=at)
    order.save()
    charge = order.charge
    entity_id = charge.tax_category.entity_id
    earned = charge.amount - charge.refunded
    if earned:  # nothing is, when a downgrade gave back the whole price before delivery
        post(
            customer=charge.customer,
            reference=f"order-delivered:{order.number}",
            kind=Transfer.Kind.DELIVERY,
            legs=[
                Leg(Bucket.DEFERRED, -earned, entity_id),
                Leg(earned_bucket(charge.product), earned, entity_id),
            ],
            currency=charge.currency,
            at=at,
        )
    charge_delivered.send(Order, charge_ids=[order.charge.pk], at=at)
    return order


@transaction.atomic
def fail_delivery(*, order: Order, at: datetime) -> Order:
    """The resources could not be created: every fund gets back what it paid (SC-03).

    Less the cash that went back before. Twice is harmless. Raises `wrong_state` when the order
    was delivered.
    """
    order = locked_order(order)
    if order.status == Order.Status.FAILED:
        return order
    _require_paid(order)
    order.fail()
    order.save()
    charge = Charge.objects.select_for_update(no_key=True).get(order=order)
    funding = dict(charge.funding.values_list("fund", "amount"))
    if charge.refunded:
        funding[Bucket.CASH] -= charge.refunded
    owed = {fund: amount for fund, amount in funding.items() if amount}
    if owed:
        _return_everything(order, charge, owed, at)
    return order


def _return_everything(
    order: Order, charge: Charge, owed: Mapping[str, Decimal], at: datetime
) -> None:
    back = payment_legs(owed, Bucket.DEFERRED, charge.tax_category.entity_id)
    transfer_id, _created = post(
        customer=charge.customer,
        reference=f"order-failed:{order.number}",
        kind=Transfer.Kind.REFUND,
        legs=[Leg(leg.bucket, -leg.amount, leg.entity_id) for leg in back],
        currency=charge.currency,
        at=at,
    )
    refund = Refund.objects.create(
        charge=charge,
        amount=charge.cash - charge.refunded,
        reason=Refund.Reason.FAILED_DELIVERY,
        refunded_at=at,
        transfer_id=transfer_id,
    )
    charge.refunded = charge.cash
    charge.save(update_fields=["refunded"])
    for fund in owed:
        give_back(charge=charge, fund=fund, transfer_id=transfer_id, at=at)
    charge_refunded.send(Order, refund_ids=[refund.pk], at=at)
    if refund.amount:
        tell_refunded(charge, refund.amount, about=f"refund:{refund.pk}", at=at)


def _require_paid(order: Order) -> None:
    if order.status != Order.Status.PAID:
        raise DomainError("wrong_state", state=order.get_status_display())
