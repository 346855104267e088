"""The first lock of every write: the customer's row (reliability rule 3)."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError

Row = TypeVar("Row", bound=Model)


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
    locked = {row.pk: row for row in rows}
    if len(locked) != len(wanted):
        raise DomainError("not_found")
    return locked


def lock_customer(customer_id: int) -> CustomerAccount:
    """Lock one customer. See `lock_customers`."""
    return lock_customers([customer_id])[customer_id]


def lock_name(kind: int, name: str) -> None:
    """Nobody else works with the `name` that a paper or a bank gave, until the transaction ends.

    For names that are used once across customers, where there is no row to lock yet: taken after the
    customer's lock, the last of all. `kind` keeps names of different things apart.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [kind, name])


def lock_again(row: Row) -> Row:
    """The row as it is now, locked after the customer it belongs to, who never changes.

    One query locks the customer, a second one the row: neither joins, so that what is read is what
    is locked. Raises `not_found` when it is gone.
    """
    owned: Any = row
    customer = lock_customer(owned.customer_id)
    rows = type(row)._default_manager.select_for_update(no_key=True, of=("self",))
    locked: Any = rows.filter(pk=row.pk).first()
    if locked is None:
        raise DomainError("not_found")
    locked.customer = customer
    fresh: Row = locked
    return fresh


def try_lock_customers(ids: Iterable[int]) -> bool:
    """Lock these customers where that needs no waiting; whether all of them are locked now.

    For a transaction that holds some locks already and finds out later that it needs others: it
    must not wait for them, because that would be out of order. Those it has are free to it.
    """
    wanted = set(ids)
    rows = CustomerAccount.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    return len(rows.filter(pk__in=wanted).order_by("pk").values_list("pk")) == len(wanted)


def require_open(customer: CustomerAccount) -> None:
    """Raises `account_closed`: a closed account is read-only (A58, SC-108)."""
    if customer.is_closed:
        raise DomainError("account_closed")
