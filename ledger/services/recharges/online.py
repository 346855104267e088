"""Online payments: asked for, sent to a channel, credited when the channel says so.

Nobody but a signed call of the channel changes what a payment has come to, except time: what
nobody paid expires. Money that comes late is credited all the same, also to an account that was
closed meanwhile: it belongs to the customer, who can withdraw it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from djmoney.money import Money

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_again, lock_customer, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from ledger import channels
from ledger.channels.base import PAID, BadCallback, ChannelEvent
from ledger.models import Payment, PaymentEvent, Recharge
from ledger.services.recharges.receiving import record_recharge

Status = Payment.Status
LARGEST = Decimal(10_000_000)


@transaction.atomic
def start_payment(
    *, customer: CustomerAccount, amount: Decimal, channel: str, key: str, at: datetime
) -> Payment:
    """Ask for `amount` (in the customer's currency) through `channel`, which is asked later where to pay.

    Idempotent by `key`, the customer's own. It expires after `PAYMENT_MINUTES`.
    Raises `invalid_amount` (also above 10 million), `account_closed`, `reference_conflict`,
    `not_found` for a channel that is not offered.
    """
    channels.get(channel)
    customer = lock_customer(customer.pk)
    require_open(customer)
    if not 0 < amount <= LARGEST:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    wanted = Money(amount, customer.currency)
    payment, _created = Payment.objects.get_or_create(
        token=hashlib.sha256(f"{customer.pk}:{key}".encode()).hexdigest()[:24],
        defaults={
            "customer": customer,
            "channel": channel,
            "amount": wanted,
            "created_at": at,
            "expires_at": at + timedelta(minutes=settings.PAYMENT_MINUTES),
        },
    )
    if (payment.amount, payment.channel) != (wanted, channel):
        raise DomainError("reference_conflict", reference=payment.token)
    return payment


def where_to_pay(payment: Payment) -> str:
    """The address of the channel where the customer pays. The channel is called: hold no lock.

    Raises `not_found` when the channel is switched off by now.
    """
    return channels.get(payment.channel).start(payment)


def take_callback(
    *, channel: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> Payment:
    """A channel called: believe it if it is signed, and credit what was paid, once.

    The same event again changes nothing; neither does any further event once the payment is
    paid. Raises BadCallback when the call is forged, stale, about no payment of this channel or
    about another amount; `not_found` for a channel that is not offered. Nothing is written then.
    """
    event = channels.get(channel).verify(headers, body, at)
    known = Payment.objects.filter(channel=channel, token=event.token).first()
    if known is None:
        raise BadCallback("no such payment")
    if (known.amount.amount, known.amount.currency.code) != (event.amount, event.currency):
        raise BadCallback("another amount")
    return _apply(known, event, at)


@transaction.atomic
def _apply(payment: Payment, event: ChannelEvent, at: datetime) -> Payment:
    payment = lock_again(payment)
    kept, created = PaymentEvent.objects.get_or_create(
        channel=payment.channel,
        event_id=event.event_id,
        defaults={"payment": payment, "outcome": event.outcome, "received_at": at},
    )
    if kept.payment_id != payment.pk:
        raise BadCallback("event of another payment")
    if not created:
        return payment
    if event.outcome == PAID and payment.status != Status.PAID:
        _credit(payment, at)
    elif event.outcome != PAID and payment.status == Status.CREATED:
        payment.fail()
        payment.save()
    return payment


def _credit(payment: Payment, at: datetime) -> None:
    recharge = record_recharge(
        customer=payment.customer,
        amount=payment.amount.amount,
        channel=Recharge.Channel.ONLINE,
        reference=payment.token,
        at=at,
        even_closed=True,
    )
    payment.pay(at=at, recharge=recharge)
    payment.save()
    enqueue(
        customer=payment.customer,
        topic="recharge_after_closing" if payment.customer.is_closed else "recharge_received",
        about=recharge.transfer.reference,
        values={"amount": in_currency(payment.amount.amount, payment.amount.currency.code)},
        at=at,
    )


def expire_due(*, at: datetime) -> int:
    """Expire payments that nobody paid in time, each in its own transaction. Returns how many."""
    due = Payment.objects.filter(status=Status.CREATED, expires_at__lte=at).order_by("expires_at")
    return sum(expire(payment=payment, at=at) for payment in due.iterator(chunk_size=500))


@transaction.atomic
def expire(*, payment: Payment, at: datetime) -> bool:
    """Expire one payment if its time is over at `at` and it still waits. Returns whether it did."""
    payment = lock_again(payment)
    if payment.status != Status.CREATED or payment.expires_at > at:
        return False
    payment.expire()
    payment.save()
    return True


def next_expiry(after: datetime) -> datetime | None:
    """When the first waiting payment expires: past, or future; None without one."""
    waiting = Payment.objects.filter(status=Status.CREATED)
    return waiting.aggregate(first=Min("expires_at"))["first"]
