"""Auto-invoicing that pauses itself: it stays off until it is set up again (A53, SC-96)."""

from collections.abc import Iterable
from datetime import datetime

from accounts.messages.outbox import Owed, enqueue_many
from invoicing.models import AutoInvoicing, InvoiceTitle

Reason = AutoInvoicing.PauseReason


def pause(*, customer_ids: Iterable[int], reason: str, at: datetime) -> int:
    """Pause it where it is on, and say so: it must be set up again (A53, SC-96). Returns how many.

    Runs in the transaction of the change, under the customers' locks.
    """
    on = AutoInvoicing.objects.filter(customer__in=list(customer_ids), enabled=True)
    paused = list(on.order_by("customer"))
    on.update(enabled=False, paused_at=at, pause_reason=reason, changed_at=at)
    about = f"{at:%Y%m%dT%H%M%S}"
    enqueue_many(
        owed=[
            Owed(row.customer_id, "auto_invoicing_paused", about, {"code": str(reason)})
            for row in paused
        ],
        at=at,
    )
    return len(paused)


def title_changed(*, title: InvoiceTitle, at: datetime) -> None:
    """Pause it when this is the title it uses: what is printed changed, or another became the default."""
    if AutoInvoicing.objects.filter(title=title, enabled=True).exists():
        pause(customer_ids=[title.customer_id], reason=Reason.TITLE, at=at)
