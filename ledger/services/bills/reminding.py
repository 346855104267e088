"""Bills that the balance does not cover: saying so when they are made, and again when overdue."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, F, Min, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.messages.outbox import enqueue
from accounts.models import OutboxMessage
from accounts.services.customers.locking import lock_customer
from finance_console.kernel.writing import in_currency
from ledger.models import Bill
from ledger.ports.habits import habits, profiles_in_use

OVERDUE = "bill_overdue"


def tell_unsettled(customer_ids: Iterable[int], at: datetime) -> None:
    """Owe each customer one message about a bill made just now that the balance did not cover."""
    unsettled = Bill.objects.filter(
        customer__in=customer_ids, status=Bill.Status.UNSETTLED, generated_at=at
    )
    for bill in unsettled.select_related("customer").order_by("pk"):
        _tell(bill, "bill_unsettled", at)


def remind_overdue(*, at: datetime) -> int:
    """Owe one message per bill that is still unsettled the profile's `overdue_days` later.

    A transaction per customer; safe twice, in parallel, or late. Returns how many bills.
    """
    told = 0
    for profile, version in profiles_in_use():
        since = at - timedelta(days=habits(profile, version).overdue_days)
        overdue = _untold().filter(
            customer__profile=profile, customer__profile_version=version, generated_at__lte=since
        )
        for customer_id in list(
            overdue.order_by("customer").values_list("customer", flat=True).distinct()
        ):
            told += _remind(customer_id, since, at)
    return told


@transaction.atomic
def _remind(customer_id: int, since: datetime, at: datetime) -> int:
    customer = lock_customer(customer_id)
    bills = list(_untold().filter(customer=customer, generated_at__lte=since).order_by("pk"))
    for bill in bills:
        _tell(bill, OVERDUE, at)
    return len(bills)


def next_overdue(after: datetime) -> datetime | None:
    """When the first unsettled bill becomes overdue that nobody was told about: past or future."""
    rows = _untold().values_list("customer__profile", "customer__profile_version")
    return min(
        (
            first + timedelta(days=habits(profile, version).overdue_days)
            for profile, version, first in rows.annotate(first=Min("generated_at")).order_by()
        ),
        default=None,
    )


def _untold() -> QuerySet[Bill]:
    """Unsettled bills without an overdue message."""
    key = Concat(
        Cast("customer_id", CharField()), Value(f":{OVERDUE}:"), F("number"), Value(":inbox")
    )
    return (
        Bill.objects.filter(status=Bill.Status.UNSETTLED)
        .annotate(message_key=key)
        .filter(~Exists(OutboxMessage.objects.filter(dedup_key=OuterRef("message_key"))))
    )


def _tell(bill: Bill, topic: str, at: datetime) -> None:
    enqueue(
        customer=bill.customer,
        topic=topic,
        about=bill.number,
        values={
            "bill": bill.number,
            "total": in_currency(bill.total.amount, bill.total.currency.code),
        },
        at=at,
    )
