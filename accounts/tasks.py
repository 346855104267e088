"""Scheduled work of accounts: messages, a lane for each channel, so that a slow mail server slows mail only."""

import time
from typing import Final

from celery import shared_task

from accounts.messages import outbox
from accounts.models import OutboxMessage
from finance_console.kernel.clock import moment

BUDGET: Final = 8
"""Seconds: less than the tick, so that a slow channel keeps one worker busy and not all of them."""


@shared_task
def relay_inbox(at: str | None = None) -> None:
    """Deliver due messages into the console. `at`: ISO 8601, default now."""
    _relay(OutboxMessage.Channel.INBOX, at)


@shared_task
def relay_texts(at: str | None = None) -> None:
    """Deliver due text messages. `at`: ISO 8601, default now."""
    _relay(OutboxMessage.Channel.SMS, at)


@shared_task
def relay_mail(at: str | None = None) -> None:
    """Deliver due email. `at`: ISO 8601, default now."""
    _relay(OutboxMessage.Channel.EMAIL, at)


def _relay(channel: OutboxMessage.Channel, at: str | None) -> None:
    end = time.monotonic() + BUDGET
    outbox.relay(at=moment(at), channels=(channel,), go_on=lambda: time.monotonic() < end)
