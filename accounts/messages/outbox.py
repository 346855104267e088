"""The outbox: messages are rows of the transaction they tell of; a relay delivers them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min

from accounts.messages import channels
from accounts.models import CustomerAccount, OutboxMessage
from finance_console.faults import of_the_house

BATCH = 100
MAX_TRIES = 6
log = structlog.get_logger(__name__)


def enqueue(
    *,
    customer: CustomerAccount,
    topic: str,
    about: str,
    values: Mapping[str, Any],
    at: datetime,
) -> None:
    """Owe `customer` a message on every channel, in the caller's transaction.

    `about` names the thing; topic, thing and channel together are told once, however often this
    is called.
    """
    enqueue_many(owed=[Owed(customer.pk, topic, about, values)], at=at)


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that a customer is owed on every channel; see `enqueue`."""

    customer_id: int
    topic: str
    about: str
    values: Mapping[str, Any]


def enqueue_many(*, owed: Iterable[Owed], at: datetime) -> None:
    """As `enqueue`, for many messages in one statement."""
    OutboxMessage.objects.bulk_create(
        (
            OutboxMessage(
                customer_id=one.customer_id,
                topic=one.topic,
                channel=channel,
                dedup_key=f"{one.customer_id}:{one.topic}:{one.about}:{channel}",
                values=dict(one.values),
                created_at=at,
                due_at=at,
            )
            for one in owed
            for channel in OutboxMessage.Channel.values
        ),
        ignore_conflicts=True,
    )


def relay(*, at: datetime) -> int:
    """Deliver what is due, oldest first, one transaction per message. Returns how many were sent.

    Rows are leased with SKIP LOCKED, so any number of relays may run. A failure is tried again
    after 1, 2, 4 … minutes and parked after `MAX_TRIES`, an unreachable channel every minute without end; one bad message never blocks another.
    """
    sent, tried = 0, 0
    while tried < BATCH and (outcome := _relay_one(at)) is not None:
        sent, tried = sent + outcome, tried + 1
    return sent


@transaction.atomic
def _relay_one(at: datetime) -> bool | None:
    """Deliver one due message: True if sent, False if it failed, None if nothing is due."""
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(sent_at=None, parked_at=None, due_at__lte=at)
        .order_by("due_at", "pk")
        .prefetch_related("customer")
        .first()
    )
    if message is None:
        return None
    try:
        with transaction.atomic():
            channels.deliver(message, at)
    except Exception as error:  # noqa: BLE001 (whatever a gateway raises: try again later)
        _postpone(message, at, error)
        return False
    message.sent_at, message.problem = at, ""
    message.save(update_fields=["sent_at", "problem"])
    return True


def _postpone(message: OutboxMessage, at: datetime, error: Exception) -> None:
    message.problem = type(error).__name__
    message.due_at = at + timedelta(minutes=1)
    if not of_the_house(error):  # an unreachable gateway is no try of this message
        message.tries += 1
        message.due_at = at + timedelta(minutes=2 ** (message.tries - 1))
    if message.tries >= MAX_TRIES:
        message.parked_at = at
    message.save(update_fields=["tries", "problem", "due_at", "parked_at"])
    log.warning(
        "message_not_sent", message=message.pk, channel=message.channel, problem=message.problem
    )


@transaction.atomic
def retry(*, message_ids: Iterable[int], at: datetime) -> int:
    """Give parked messages a fresh row of tries, from `at` on. Returns how many were parked.

    The rows keep their `problem` until they are sent. Messages that are sent or still waiting are
    left alone, so asking twice changes nothing.
    """
    locked = OutboxMessage.objects.select_for_update(no_key=True, of=("self",))
    parked = locked.filter(
        pk__in=list(message_ids), sent_at=None, parked_at__isnull=False
    ).order_by("pk")
    ids = [message.pk for message in parked]
    OutboxMessage.objects.filter(pk__in=ids).update(parked_at=None, tries=0, due_at=at)
    return len(ids)


def next_due(after: datetime) -> datetime | None:
    """When the first message is to be delivered; None when none is waiting."""
    waiting = OutboxMessage.objects.filter(sent_at=None, parked_at=None)
    return waiting.aggregate(first=Min("due_at"))["first"]
