"""Scheduled work of the ledger: each task is one service call, safe late, twice and in parallel."""

from celery import shared_task

from finance_console.kernel.clock import moment
from ledger.services import billing


@shared_task
def close_months(at: str | None = None) -> None:
    """Bill months that are over. `at`: ISO 8601, default now."""
    billing.close_months(at=moment(at))
