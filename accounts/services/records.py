"""The log of changes that move no money: who changed what, from which values to which."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import AuditRecord, CustomerAccount, User


def record(
    *,
    customer: CustomerAccount | None,
    actor: User | None,
    action: str,
    about: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
) -> AuditRecord:
    """Write one line of the log in the caller's transaction (B49, SC-43, SC-77).

    `action` is one of `AuditRecord.Action` (else ValueError), `about` the number of the thing; actor
    None is the system. The row can never change again.
    """
    return AuditRecord.objects.create(
        customer=customer,
        actor=actor,
        action=AuditRecord.Action(action),
        about=about,
        before=dict(before),
        after=dict(after),
        at=at,
    )
