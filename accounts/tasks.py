"""Scheduled work of accounts."""

from celery import shared_task

from accounts.messages import outbox
from finance_console.kernel.clock import moment


@shared_task
def relay_messages(at: str | None = None) -> None:
    """Deliver due messages. `at`: ISO 8601, default now."""
    outbox.relay(at=moment(at))
