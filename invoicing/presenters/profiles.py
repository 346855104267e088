"""The what-if of new rules: what changes in plain words, for which customers and applications."""

from dataclasses import dataclass
from typing import Any

from accounts.models import CustomerAccount
from finance_console.doors.paging import Page, page
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy
from invoicing.domain.profiles.comparing import differences
from invoicing.models import ProfileVersion
from invoicing.presenters.profile_words import KEYS, key_words, value_words
from invoicing.queries import profile_effects
from invoicing.queries.policies import policy_of, version_in_force, written


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that changes, in words, and the requirement it belongs to."""

    words: str
    source: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would be different, and for whom; the pages continue with `customers` and `applications`."""

    old: Policy
    rows: list[Row]
    moves: int
    customers: Page[Any]
    pending: int
    applications: Page[Any]
    effects: list[profile_effects.Effect]


def rows(old: Policy, new: Policy) -> list[Row]:
    """Every key that differs, "from" and "to" in plain words."""
    return [
        Row(
            words=key_words(difference.key, difference.entry),
            source=KEYS[difference.key].source if difference.key in KEYS else "",
            old=value_words(difference.key, difference.old),
            new=value_words(difference.key, difference.new),
        )
        for difference in differences(old, new)
    ]


def of_version(
    version: ProfileVersion, customers_before: int | None, applications_before: int | None
) -> WhatIf:
    """What putting `version` in force would change, compared with what holds for its profile now.

    A profile of its own is compared with its base; it has no customers until some are moved to it.
    """
    try:
        now = profiles.get(version.code, version_in_force(version.code))
    except LookupError:
        now = profiles.get(version.base, version.base_version)
    own = CustomerAccount.objects.filter(profile=version.code)
    return _what_if(own, now, written(version), customers_before, applications_before)


def of_customer(customer: CustomerAccount, code: str) -> WhatIf:
    """What moving one customer to the profile `code` would change. Raises LookupError."""
    old = policy_of(customer)
    new = profiles.get(code, version_in_force(code))
    return _what_if(CustomerAccount.objects.filter(pk=customer.pk), old, new, None, None)


def _what_if(
    customers: profile_effects.Customers,
    old: Policy,
    new: Policy,
    customers_before: int | None,
    applications_before: int | None,
) -> WhatIf:
    pending = profile_effects.pending_applications(customers)
    return WhatIf(
        old=old,
        rows=rows(old, new),
        moves=customers.count(),
        customers=page(customers, customers_before),
        pending=pending.count(),
        applications=page(pending.select_related("customer"), applications_before),
        effects=profile_effects.effects(customers, old, new),
    )
