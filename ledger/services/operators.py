"""Who of the staff may move a customer's money: permissions, and nobody for an account of their own."""

from accounts.models import CustomerAccount, User
from finance_console.kernel.errors import DomainError
from ledger.services import control

CONTROL = control.CONTROL
IMPORT = "ledger.add_bankstatement"
DESK = "ledger.change_bankline"


def require_operator(by: User, permission: str, customer: CustomerAccount | None = None) -> None:
    """Raises `not_permitted` without `permission`, `four_eyes` for a member of `customer`."""
    if not (by.is_active and by.has_perm(permission)):
        raise DomainError("not_permitted")
    if customer is not None:
        control.require_stranger(by, customer)
