"""Scheduled work of the ledger: each task is one service call, safe late, twice and in parallel."""

from celery import shared_task

from finance_console.kernel.clock import moment
from ledger.services.bills import generating, reminding
from ledger.services.control import reconciling
from ledger.services.funds import expiring
from ledger.services.recharges import online


@shared_task
def close_months(at: str | None = None) -> None:
    """Bill months that are over. `at`: ISO 8601, default now."""
    generating.close_months(at=moment(at))


@shared_task
def reconcile_days(at: str | None = None) -> None:
    """Reconcile days that are over. `at`: ISO 8601, default now."""
    reconciling.reconcile_days(at=moment(at))


@shared_task
def expire_payments(at: str | None = None) -> None:
    """Expire online payments that nobody paid in time. `at`: ISO 8601, default now."""
    online.expire_due(at=moment(at))


@shared_task
def expire_funds(at: str | None = None) -> None:
    """Take back expired funds and warn before. `at`: ISO 8601, default now."""
    expiring.expire_funds(at=moment(at))


@shared_task
def remind_overdue(at: str | None = None) -> None:
    """Remind of overdue bills. `at`: ISO 8601, default now."""
    reminding.remind_overdue(at=moment(at))
