"""Who may control the books, and that it takes two people."""

from accounts.models import CustomerAccount, Membership, User
from finance_console.kernel.errors import DomainError

CONTROL = "ledger.control_books"


def require_controller(by: User) -> None:
    """Raises `not_permitted` unless `by` may adjust, lock and reconcile the books."""
    if not (by.is_active and by.has_perm(CONTROL)):
        raise DomainError("not_permitted")


def require_another(by: User, maker_id: int | None) -> None:
    """Raises `four_eyes` when `by` is the person who asked for it."""
    if by.pk == maker_id:
        raise DomainError("four_eyes")


def require_stranger(by: User, customer: CustomerAccount) -> None:
    """Raises `four_eyes` when `by` belongs to the customer whose money it is (R42)."""
    if Membership.objects.filter(user=by, customer=customer).exists():
        raise DomainError("four_eyes")


def require_reason(reason: str, limit: int = 200) -> str:
    """The reason without surrounding space, cut to `limit`. Raises `explanation_required`."""
    if not reason.strip():
        raise DomainError("explanation_required")
    return reason.strip()[:limit]
