"""A refund of what is applied for: unclaimed applications give way, others go on (D03, R09).

An application of a managing account claims items of several members, so giving way needs the
locks of all of them, and the refund holds its own member's already: waiting for the others could
be out of order. They are taken only if nobody has them (`SKIP LOCKED`). Otherwise the refund goes
on, and the sweep `cancel_clashes` cancels the application a moment later, in the fixed order; if
it was decided meanwhile, the deficit stays, as with any application a reviewer had opened.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.services.customers.locking import try_lock_customers
from invoicing.models import InvoiceableItem, InvoiceApplication
from invoicing.queries.invoiceable import claimed_by_unclaimed
from invoicing.services.reviewing.deciding import give_way
from invoicing.services.transitions import lock_application

Pending = InvoiceApplication.Status.PENDING_APPROVAL


def cancel_what_clashes(*, refund_ids: Iterable[int], at: datetime) -> None:
    """Cancel unclaimed applications for items that were refunded below what is applied for.

    The newest first, until nothing is missing; their customers are told and can apply again for
    what is left. Runs in the ledger's transaction, under the lock of the items' customer.
    """
    items = _overdrawn().filter(charge__refunds__in=list(refund_ids))
    for item in items.order_by("pk"):
        missing = -item.net
        for application_id, claimed in claimed_by_unclaimed(item.pk):
            if missing <= 0:
                break
            if _lock_others(application_id):
                give_way(application_id=application_id, at=at)
                missing -= claimed


def _overdrawn() -> QuerySet[InvoiceableItem]:
    return InvoiceableItem.objects.filter(net__lt=0, reserved__gt=0)


def _lock_others(application_id: int) -> bool:
    """Whether every account the application concerns is locked now, without having waited."""
    named = InvoiceApplication.objects.only("customer_id", "members").get(pk=application_id)
    return try_lock_customers(named.account_ids)


def clashing() -> list[int]:
    """Unclaimed applications for members that claim more of an item than was left of it, newest first."""
    pending = InvoiceApplication.objects.filter(status=Pending, claimed_at=None)
    of_members = pending.exclude(members=[]).filter(invoices__lines__claims__item__in=_overdrawn())
    return list(of_members.order_by("-pk").values_list("pk", flat=True).distinct())


def cancel_clashes(*, at: datetime) -> int:
    """Cancel what a refund could not cancel at once; each in its own transaction. Returns how many."""
    return sum(_cancel(application_id, at) for application_id in clashing())


@transaction.atomic
def _cancel(application_id: int, at: datetime) -> bool:
    """False when it was decided, or the clash ended, before the locks were held."""
    lock_application(application_id)
    if application_id not in clashing():
        return False
    give_way(application_id=application_id, at=at)
    return True
