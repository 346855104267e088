"""Opening customer accounts, and letting people act for them."""

from datetime import datetime

from django.db import transaction

from accounts.models import CustomerAccount, Membership, User


@transaction.atomic
def open_customer(
    *,
    code: str,
    name: str,
    kind: str,
    profile: str,
    region: str,
    currency: str,
    parent: CustomerAccount | None,
    at: datetime,
) -> CustomerAccount:
    """A new customer account, not certified yet. `currency` is the one it is billed in."""
    return CustomerAccount.objects.create(
        code=code,
        name=name,
        kind=kind,
        profile=profile,
        region=region,
        currency=currency,
        parent=parent,
        created_at=at,
    )


@transaction.atomic
def add_member(*, customer: CustomerAccount, user: User, role: str) -> Membership:
    """Let `user` act for `customer` in `role`. A member already: the role is changed."""
    member, _created = Membership.objects.update_or_create(
        customer=customer, user=user, defaults={"role": role}
    )
    return member
