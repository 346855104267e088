"""Who may act for a customer, and who of the staff may act on one."""

from accounts.models import CustomerAccount, Membership, User
from finance_console.kernel.errors import DomainError


def acts_for(by: User, customer: CustomerAccount) -> bool:
    """Whether `by` may change things for the customer."""
    mine = Membership.objects.filter(user=by, customer=customer, role=Membership.Role.FINANCE)
    return by.is_active and mine.exists()


def require_member(by: User | None, customer: CustomerAccount) -> None:
    """Raises `not_permitted` unless `by` acts for the customer; None is the system."""
    if by is not None and not acts_for(by, customer):
        raise DomainError("not_permitted")


def require_staff(by: User, permission: str, customer: CustomerAccount) -> None:
    """Raises `not_permitted` without the permission, `four_eyes` for a member of the customer (R42)."""
    if not (by.is_active and by.has_perm(permission)):
        raise DomainError("not_permitted")
    if Membership.objects.filter(user=by, customer=customer).exists():
        raise DomainError("four_eyes")
