"""Scheduled work of invoicing: each task is one service call, safe late, twice and in parallel.

`at`: ISO 8601, default now.
"""

import time
from collections.abc import Callable

from celery import shared_task

from finance_console.kernel.clock import moment
from invoicing.services import watching
from invoicing.services.auto import rehearsing, running
from invoicing.services.crediting import requests
from invoicing.services.deficits import offsetting
from invoicing.services.issuing import filing, sweeping
from invoicing.services.profiles import versions
from invoicing.services.reviewing import deciding, giving_way

BUDGET = 60
"""Seconds a sweep goes on for, well within the time limit of a task; the next tick does the rest."""


def _within_budget() -> Callable[[], bool]:
    end = time.monotonic() + BUDGET
    return lambda: time.monotonic() < end


@shared_task
def put_profiles_in_force(at: str | None = None) -> None:
    """Put the profile versions in force whose day has begun."""
    versions.put_profiles_in_force(at=moment(at))


@shared_task
def review_applications(at: str | None = None) -> None:
    """Approve what the profile approves by itself."""
    when, go_on = moment(at), _within_budget()
    while deciding.review_automatically(at=when) and go_on():
        pass


@shared_task
def issue_invoices(at: str | None = None) -> None:
    """Issue approved applications whose moment has come."""
    when, go_on = moment(at), _within_budget()
    while sweeping.issue_due(at=when, go_on=go_on) and go_on():
        pass


@shared_task
def watch_promises(at: str | None = None) -> None:
    """Sound the alarm when reviews, issues or shipments are late or given up."""
    watching.watch(at=moment(at))


@shared_task
def render_documents(at: str | None = None) -> None:
    """Render the files of issued invoices that have none."""
    filing.render_waiting(at=moment(at))


@shared_task
def auto_invoice(at: str | None = None) -> None:
    """Run auto-invoicing for every customer and month that is due."""
    running.run_due(at=moment(at), go_on=_within_budget())


@shared_task
def rehearse_auto_invoicing(at: str | None = None) -> None:
    """The day before: plan it for everybody, warn those whose month would fail."""
    rehearsing.rehearse_due(at=moment(at))


@shared_task
def decide_credits(at: str | None = None) -> None:
    """Credit what customers asked for where no person has to decide."""
    when, go_on = moment(at), _within_budget()
    while requests.decide_credits(at=when) and go_on():
        pass


@shared_task
def expire_confirmations(at: str | None = None) -> None:
    """End credit requests whose red-letter confirmation lapsed."""
    requests.expire_confirmations(at=moment(at))


@shared_task
def offset_deficits(at: str | None = None) -> None:
    """Offset deficits with consumption that became available since, where the profile is eager."""
    offsetting.offset_eagerly(customer_ids=offsetting.customers_with_deficit(), at=moment(at))


@shared_task
def cancel_clashes(at: str | None = None) -> None:
    """Cancel applications for members that a refund took something from while they were busy."""
    giving_way.cancel_clashes(at=moment(at))
