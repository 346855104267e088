"""Who of the staff may move a customer's money: permissions, two people, nobody for their own account."""

from accounts.models import CustomerAccount, Membership, User
from finance_console.kernel.errors import DomainError

CONTROL = "ledger.control_books"
IMPORT = "ledger.add_bankstatement"
FORMATS = "ledger.add_bankformat"
DESK = "ledger.change_bankline"
USAGE = "ledger.add_usagebatch"
ORDERS = "ledger.change_order"


def require_operator(by: User, permission: str, customer: CustomerAccount | None = None) -> None:
    """Raises `not_permitted` without `permission`, `four_eyes` for a member of `customer`."""
    if not (by.is_active and by.has_perm(permission)):
        raise DomainError("not_permitted")
    if customer is not None:
        require_stranger(by, customer)


def require_controller(by: User) -> None:
    """Raises `not_permitted` unless `by` may adjust, lock and reconcile the books."""
    require_operator(by, CONTROL)


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
