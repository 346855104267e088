"""Scheduled work of invoicing: each task is one service call, safe late, twice and in parallel.

`at`: ISO 8601, default now.
"""

from celery import shared_task

from finance_console.kernel.clock import moment
from invoicing.services import auto_invoicing, filing, issuing, offsetting, review


@shared_task
def review_applications(at: str | None = None) -> None:
    """Approve what the profile approves by itself."""
    review.review_automatically(at=moment(at))


@shared_task
def issue_invoices(at: str | None = None) -> None:
    """Issue approved applications whose moment has come."""
    issuing.issue_due(at=moment(at))


@shared_task
def render_documents(at: str | None = None) -> None:
    """Render the files of issued invoices that have none."""
    filing.render_waiting(at=moment(at))


@shared_task
def auto_invoice(at: str | None = None) -> None:
    """Run auto-invoicing for every customer and month that is due."""
    auto_invoicing.run_due(at=moment(at))


@shared_task
def offset_deficits(at: str | None = None) -> None:
    """Offset deficits with consumption that became available since, where the profile is eager."""
    offsetting.offset_eagerly(customer_ids=offsetting.customers_with_deficit(), at=moment(at))
