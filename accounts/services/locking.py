"""The first lock of every write: the customer's row (reliability rule 3)."""

from collections.abc import Iterable

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError


def lock_customers(ids: Iterable[int]) -> dict[int, CustomerAccount]:
    """Lock these customers in primary-key order until the transaction ends; fresh rows by id.

    Compute sums only after this returns, in a second statement: under READ COMMITTED a sum in
    the locking statement can be stale. Raises `not_found` when one does not exist.
    """
    wanted = set(ids)
    rows = (
        CustomerAccount.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    found = {row.pk: row for row in rows}
    if len(found) != len(wanted):
        raise DomainError("not_found")
    return found


def lock_customer(customer_id: int) -> CustomerAccount:
    """Lock one customer. See `lock_customers`."""
    return lock_customers([customer_id])[customer_id]


def require_open(customer: CustomerAccount) -> None:
    """Raises `account_closed`: a closed account is read-only (A58, SC-108)."""
    if customer.is_closed:
        raise DomainError("account_closed")
