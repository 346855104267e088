"""The outbox: messages are rows of the transaction they tell of; a relay delivers them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Min, Q

from accounts.messages.channels import NobodyToTell, deliver
from accounts.models import CustomerAccount, OutboxMessage
from finance_console.faults import of_the_house

WAITING: Final = {"sent_at": None, "parked_at": None, "nobody_at": None}
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
                customer_id=message.customer_id,
                topic=message.topic,
                channel=channel,
                dedup_key=f"{message.customer_id}:{message.topic}:{message.about}:{channel}",
                values=dict(message.values),
                created_at=at,
                due_at=at,
            )
            for message in owed
            for channel in OutboxMessage.Channel.values
        ),
        ignore_conflicts=True,
    )


def relay(
    *,
    at: datetime,
    channels: Iterable[str] = tuple(OutboxMessage.Channel),
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Deliver what is due on `channels`, oldest first, as long as `go_on`. Returns how many were sent.

    One transaction per message; rows are leased with SKIP LOCKED, so any number of relays may run.
    A failure is tried again after 1, 2, 4 … minutes and parked after `MAX_TRIES`; one bad message
    never blocks another. A channel that cannot be reached costs no try and is left alone until the
    next run: what waits for it holds up no other channel.
    """
    return sum(_relay_channel(channel, at, go_on) for channel in channels)


def _relay_channel(channel: str, at: datetime, go_on: Callable[[], bool]) -> int:
    sent = 0
    while go_on():
        outcome = _relay_one(channel, at)
        if outcome in (_Outcome.NOTHING_DUE, _Outcome.UNREACHABLE):
            break
        sent += outcome is _Outcome.SENT
    return sent


class _Outcome(Enum):
    SENT, NOBODY, REFUSED, UNREACHABLE, NOTHING_DUE = range(5)


@transaction.atomic
def _relay_one(channel: str, at: datetime) -> _Outcome:
    """Deliver the message that is due first."""
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(channel=channel, due_at__lte=at, **WAITING)
        .order_by("due_at", "pk")
        .prefetch_related("customer")
        .first()
    )
    if message is None:
        return _Outcome.NOTHING_DUE
    try:
        with transaction.atomic():
            deliver(message, at)
    except NobodyToTell:
        message.nobody_at, message.problem = at, ""
        message.save(update_fields=["nobody_at", "problem"])
        return _Outcome.NOBODY
    except Exception as error:  # noqa: BLE001 (whatever a gateway raises: try again later)
        _postpone(message, at, error)
        return _Outcome.UNREACHABLE if of_the_house(error) else _Outcome.REFUSED
    message.sent_at, message.problem = at, ""
    message.save(update_fields=["sent_at", "problem"])
    return _Outcome.SENT


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
    """Give parked messages, and those that had nobody to tell, a fresh row of tries, from `at` on.

    Returns how many there were.

    The rows keep their `problem` until they are sent. Messages that are sent or still waiting are
    left alone, so asking twice changes nothing.
    """
    locked = OutboxMessage.objects.select_for_update(no_key=True, of=("self",))
    ended = Q(parked_at__isnull=False) | Q(nobody_at__isnull=False)
    found = locked.filter(ended, pk__in=list(message_ids), sent_at=None).order_by("pk")
    ids = [message.pk for message in found]
    OutboxMessage.objects.filter(pk__in=ids).update(
        parked_at=None, nobody_at=None, tries=0, due_at=at
    )
    return len(ids)


def next_due(after: datetime, channel: str | None = None) -> datetime | None:
    """When the first message (of `channel`) is to be delivered; None when none is waiting."""
    waiting = OutboxMessage.objects.filter(**WAITING)
    if channel is not None:
        waiting = waiting.filter(channel=channel)
    return waiting.aggregate(first=Min("due_at"))["first"]
