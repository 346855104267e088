"""Customers that get other rules: all of a profile on a day, or one by hand."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from accounts.services.customers.roles import require_staff
from accounts.services.records import record
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.models import AutoInvoicing, InvoiceableItem
from invoicing.queries.policies import version_in_force
from invoicing.services.auto import pausing
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.offsetting import offset_eagerly

RULES = "invoicing.change_profileversion"


def move_customers(
    *, code: str, version: int, at: datetime, unless: Callable[[], bool] | None = None
) -> int | None:
    """Give all customers of the profile this version, in one statement under their locks.

    In the caller's transaction. `unless` is asked once they are locked; when it says yes, nothing
    moves and the answer is None. Returns how many moved.
    """
    own = CustomerAccount.objects.filter(profile=code)
    list(own.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
    if unless is not None and unless():
        return None
    moved = own.exclude(profile_version=version).update(profile_version=version)
    _settle(own, profiles.get(code, version).auto_invoice_day, at)
    return moved


@transaction.atomic
def change_profile(
    *, customer: CustomerAccount, code: str, seen: tuple[str, int], by: User, at: datetime
) -> CustomerAccount:
    """Give one customer the rules of another profile, in the version in force now.

    Pending applications and what was judged keep their rules. `seen`: code and version that it was
    looked at with. Raises `not_permitted`, `four_eyes` for a member of the customer (R42),
    `account_closed`, `profile_unknown`, `profile_unchanged`, `changed_meanwhile`.
    """
    customer = lock_customer(customer.pk)
    require_staff(by, RULES, customer)
    require_open(customer)
    try:
        version = version_in_force(code)
    except LookupError:
        raise DomainError("profile_unknown", profile=code) from None
    before = customer.profile, customer.profile_version
    if before == (code, version):
        raise DomainError("profile_unchanged")
    if before != seen:
        raise DomainError("changed_meanwhile")
    customer.profile, customer.profile_version = code, version
    customer.save(update_fields=["profile", "profile_version"])
    record(
        customer=customer,
        actor=by,
        action="profile_changed",
        about=customer.code,
        before={"profile": before[0], "version": before[1]},
        after={"profile": code, "version": version},
        at=at,
    )
    moved = CustomerAccount.objects.filter(pk=customer.pk)
    _settle(moved, profiles.get(code, version).auto_invoice_day, at)
    return customer


def _settle(customers: QuerySet[CustomerAccount], auto_day: int | None, at: datetime) -> None:
    """What follows at once from the new rules: offsets, held money, and auto-invoicing that ends."""
    owing = InvoiceableItem.objects.filter(customer__in=customers, net__lt=0)
    ids = list(owing.order_by("customer").values_list("customer", flat=True).distinct())
    offset_eagerly(customer_ids=ids, at=at)
    follow_deficits(customer_ids=ids, at=at)
    if auto_day is None:
        on = AutoInvoicing.objects.filter(customer__in=customers, enabled=True)
        pausing.pause(
            customer_ids=list(on.values_list("customer", flat=True)),
            reason=AutoInvoicing.PauseReason.PROFILE,
            at=at,
        )
