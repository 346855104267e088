"""Opening customer accounts, and letting people act for them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import CustomerAccount, Membership, User
from accounts.ports.paper import for_paper
from accounts.ports.profiles import version_in_force


@transaction.atomic
def open_customer(
    *,
    code: str,
    name: str,
    kind: str,
    profile: str | None = None,
    region: str,
    currency: str,
    parent: CustomerAccount | None,
    at: datetime,
) -> CustomerAccount:
    """A new customer account, not certified yet. `currency` is the one it is billed in.

    `profile` None: the deployment's. The version is the one in force now; raises LookupError for a
    profile that has none, and what `for_paper` raises.
    """
    profile = profile or settings.FINANCE_PROFILE
    return CustomerAccount.objects.create(
        code=code,
        name=for_paper(name),
        kind=kind,
        profile=profile,
        profile_version=version_in_force.given(profile),
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
