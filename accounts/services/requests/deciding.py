"""What the requests have in common that a customer submits with documents and staff decide."""

from typing import Any

from accounts.models import User
from accounts.services.customers.roles import require_staff
from finance_console.kernel.errors import DomainError

REASON_LIMIT = 300


def require_waiting(request: Any) -> None:
    """Raises `wrong_state` once it is decided or taken back."""
    if request.status != "submitted":
        raise DomainError("wrong_state", state=request.get_status_display())


def require_decision(request: Any, by: User, permission: str) -> None:
    """Raises `not_permitted`, `four_eyes` (R42), and `wrong_state` when it does not wait any more."""
    require_staff(by, permission, request.customer)
    if by.pk == request.submitted_by_id:
        raise DomainError("four_eyes")
    require_waiting(request)


def kept_reason(reason: str) -> str:
    """The reason as it is kept. Raises `reason_required`."""
    if not reason.strip():
        raise DomainError("reason_required")
    return reason.strip()[:REASON_LIMIT]
