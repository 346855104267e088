"""Which accounts an application covers: the customer's own, or members that it manages (A40, SC-107)."""

from collections.abc import Iterable, Sequence

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError

Refusal = DomainError | None


def owners(customer: CustomerAccount, members: Sequence[int]) -> list[CustomerAccount]:
    """The accounts whose consumption is invoiced to `customer`, in order of id.

    `members`: ids of accounts that `customer` manages, and its own id where its own consumption
    is part of it; empty: its own alone. Raises `not_found` for the account of somebody else, and
    what `why_not` says about a member.
    """
    if not members:
        return [customer]
    accounts = CustomerAccount.objects.filter(pk__in=members).order_by("pk")
    mine = [account for account in accounts if customer.pk in (account.pk, account.parent_id)]
    if len(mine) != len(set(members)):
        raise DomainError("not_found")
    for member in mine:
        if refusal := why_not(customer, member):
            raise refusal
    return mine


def why_not(customer: CustomerAccount, member: CustomerAccount) -> Refusal:
    """Why `customer` cannot invoice the consumption of `member`; None when it can."""
    if member.pk == customer.pk:
        return None
    if not member.parent_may_invoice:
        return DomainError("member_not_permitted", member=member.name)
    if member.is_closed:
        return DomainError("member_closed", member=member.name)
    if member.currency != customer.currency:
        return DomainError("currency_mismatch", one=customer.currency, other=member.currency)
    return None


def choices(customer: CustomerAccount) -> Iterable[tuple[CustomerAccount, Refusal]]:
    """The accounts that `customer` may choose from, its own first, each with why not. One query.

    Empty where it manages none.
    """
    managed = list(customer.members.order_by("name", "pk"))
    if managed:
        yield customer, None
    for member in managed:
        yield member, why_not(customer, member)
