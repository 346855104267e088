"""Funds that end: a warning before, then what is left goes back to where it was granted from.

Nothing is spent from a lot from its last second on, whenever the sweep runs.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import CharField, Exists, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.messages.outbox import enqueue
from accounts.models import OutboxMessage
from accounts.services.customers.locking import lock_customer
from finance_console.kernel.writing import in_currency
from ledger.models import LedgerAccount, Lot, Transfer
from ledger.services.funds.lots import use_lot
from ledger.services.posting import Leg, post

WARNING = "funds_expiring"
WARN_BEFORE = timedelta(days=7)


def expire_funds(*, at: datetime) -> int:
    """Take back what is left of expired lots, and warn about those that end within 7 days.

    A transaction per customer; safe twice, in parallel, or late. Returns the lots expired.
    """
    over = Lot.objects.filter(_over(at))
    soon = _unwarned().filter(expires_at__gt=at, expires_at__lte=at + WARN_BEFORE)
    customers = {*over.values_list("customer", flat=True), *soon.values_list("customer", flat=True)}
    return sum(_sweep(customer_id, at) for customer_id in sorted(customers))


@transaction.atomic
def _sweep(customer_id: int, at: datetime) -> int:
    customer = lock_customer(customer_id)
    mine = Lot.objects.filter(customer=customer).order_by("expires_at", "pk")
    lots = list(mine.filter(_over(at)).select_for_update(no_key=True, of=("self",)))
    for lot in lots:
        _expire(lot, at)
    soon = _unwarned().filter(
        customer=customer, expires_at__gt=at, expires_at__lte=at + WARN_BEFORE
    )
    for lot in soon.order_by("expires_at", "pk"):
        _tell(lot, WARNING, f"{lot.pk}", lot.remaining, at)
    return len(lots)


def _expire(lot: Lot, at: datetime) -> None:
    """Money given back to an expired lot expires again: the reference counts the times."""
    left, again = lot.remaining, lot.uses.filter(transfer__kind=Transfer.Kind.EXPIRY).count()
    transfer_id, _created = post(
        customer=lot.customer,
        reference=f"expiry:{lot.pk}/{again + 1}",
        kind=Transfer.Kind.EXPIRY,
        legs=[Leg(lot.fund, -left), Leg(LedgerAccount.Bucket.GRANTS, left)],
        currency=lot.currency,
        at=at,
    )
    use_lot(lot, left, transfer_id)
    _tell(lot, "funds_expired", f"{lot.pk}/{again + 1}", left, at)


def _tell(lot: Lot, topic: str, about: str, amount: Decimal, at: datetime) -> None:
    assert lot.expires_at is not None
    ends = lot.expires_at.astimezone(lot.customer.tz)
    values = {
        "amount": in_currency(amount, lot.currency),
        "fund": str(lot.get_fund_display()),
        "ends": f"{ends:%Y-%m-%d %H:%M}",
    }
    enqueue(customer=lot.customer, topic=topic, about=about, values=values, at=at)


def _unwarned() -> QuerySet[Lot]:
    """Lots with something left that end, and nobody said so yet."""
    key = Concat(
        Cast("customer_id", CharField()),
        Value(f":{WARNING}:"),
        Cast("pk", CharField()),
        Value(":inbox"),
    )
    ending = Lot.objects.filter(remaining__gt=0, expires_at__isnull=False).annotate(message_key=key)
    return ending.filter(
        ~Exists(OutboxMessage.objects.filter(dedup_key=OuterRef("message_key")))
    ).select_related("customer")


def next_expiry(after: datetime) -> datetime | None:
    """When the next lot ends or is to be warned about: past or future."""
    ending = Lot.objects.filter(remaining__gt=0, expires_at__isnull=False)
    ends = ending.aggregate(first=Min("expires_at"))["first"]
    warned = _unwarned().filter(expires_at__gt=after).aggregate(first=Min("expires_at"))["first"]
    moments = [ends] if ends else []
    if warned:
        moments.append(warned - WARN_BEFORE)
    return min(moments, default=None)


def _over(at: datetime) -> Q:
    """Lots with something left whose time is over at `at`."""
    return Q(remaining__gt=0, expires_at__lte=at)
