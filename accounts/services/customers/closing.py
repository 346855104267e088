"""Closing a customer account for good: the row, the log, the message.

What hangs on the account (applications, auto-invoicing) is known above: the door is
`invoicing.services.closing`.
"""

from datetime import datetime

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount, User
from accounts.services.records import record


def mark_closed(
    customer: CustomerAccount, *, by: User | None, reason: str, at: datetime
) -> CustomerAccount:
    """Close the locked customer (A58). There is no way back: the database refuses it."""
    customer.status, customer.closed_at = CustomerAccount.Status.CLOSED, at
    customer.save(update_fields=["status", "closed_at"])
    record(
        customer=customer,
        actor=by,
        action="account_closed",
        about=customer.code,
        before={"status": CustomerAccount.Status.ACTIVE},
        after={"status": customer.status, "reason": reason},
        at=at,
    )
    enqueue(
        customer=customer,
        topic="account_closed",
        about=customer.code,
        values={"account": customer.code},
        at=at,
    )
    return customer
