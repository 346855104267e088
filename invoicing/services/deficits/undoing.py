"""Undoing offsets: when a credit covers the deficit itself, or before anything was made of them."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from accounts.services.customers.locking import lock_customers
from accounts.services.customers.roles import require_member
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem, InvoiceApplication, Offset
from invoicing.queries.policies import policy_of
from invoicing.services.deficits.holding import follow_deficits
from invoicing.services.deficits.telling import tell_offsets
from invoicing.services.items.amounts import move_amounts, summed

Part = tuple[Offset, Decimal]
"""An offset, and how much of it."""

UNUSED = (
    InvoiceApplication.Status.PENDING_APPROVAL,
    InvoiceApplication.Status.REJECTED,
    InvoiceApplication.Status.WITHDRAWN,
)


def undo_needless(*, item_ids: Iterable[int], at: datetime) -> None:
    """Undo what was offset beyond the items' deficits, newest first, until nothing is needless.

    Crediting the invoice behind a deficit makes its offsets needless; giving them back may clear
    the deficit of the giver, whose own offsets are then needless too: it can cascade (C24). Runs
    in the caller's transaction, under the lock of the items' customer.
    """
    waiting = deque(sorted(set(item_ids)))
    while waiting:
        item = _locked(waiting.popleft())
        needless = min(item.offset_received, max(item.net, ZERO))
        parts: list[Part] = []
        for offset in _newest_first(item):
            if needless <= 0:
                break
            part = min(needless, offset.amount)
            parts.append((offset, part))
            needless -= part
            waiting.append(offset.item_id)
        _undo(parts, at)


def undo_of_application(*, application: InvoiceApplication, at: datetime) -> None:
    """Undo the offsets that an application made, because it came to nothing (SC-70, SC-73)."""
    live = application.offsets.filter(undone_at=None).order_by("-pk")
    _undo([(offset, offset.amount) for offset in live], at)


def undo_newer(*, deficit_item: InvoiceableItem, than: int, at: datetime) -> None:
    """Undo what was offset against the item's deficit after the offset with the key `than`.

    A refund that is credited at once needs none. Runs in the caller's transaction, under the lock
    of the item's customer.
    """
    newer = [offset for offset in _newest_first(deficit_item) if offset.pk > than]
    _undo([(offset, offset.amount) for offset in newer], at)


@transaction.atomic
def undo_offset(*, offset: Offset, actor: User | None, at: datetime) -> None:
    """Take an offset back while it is unused: both items are as before (D07). Twice is harmless.

    Used is an offset whose application was approved: its invoices were made around it. `actor`
    None is the system. Raises `not_permitted`, `offset_used`, `offset_made_again`.
    """
    owner_id, application = offset.item.customer_id, offset.application
    locked = lock_customers([owner_id, *(application.account_ids if application else [])])
    require_member(actor, locked[owner_id])
    offset = Offset.objects.select_for_update(no_key=True, of=("self",)).get(pk=offset.pk)
    if offset.undone_at is not None:
        return
    if offset.application is not None and offset.application.status not in UNUSED:
        raise DomainError("offset_used")
    if actor is not None and is_made_again(offset):
        raise DomainError("offset_made_again")
    _undo([(offset, offset.amount)], at)
    follow_deficits(customer_ids=[owner_id], at=at)


def is_made_again(offset: Offset) -> bool:
    """Whether the rules of the customer would make it anew within the minute: undoing it is no use (D07)."""
    return policy_of(offset.item.customer).offset_timing == "eager"


def _newest_first(item: InvoiceableItem) -> list[Offset]:
    live = Offset.objects.select_for_update(no_key=True, of=("self",)).filter(undone_at=None)
    return list(live.filter(deficit_item=item).order_by("-pk"))


def _undo(parts: Sequence[Part], at: datetime) -> None:
    """Take parts of offsets back; what is left of one stays as a new pair."""
    if not parts:
        return
    Offset.objects.filter(pk__in=[offset.pk for offset, _ in parts]).update(undone_at=at)
    Offset.objects.bulk_create(
        Offset(
            deficit_item_id=offset.deficit_item_id,
            item_id=offset.item_id,
            amount=offset.amount - part,
            application_id=offset.application_id,
            made_at=offset.made_at,
        )
        for offset, part in parts
        if part < offset.amount
    )
    received = summed((offset.deficit_item_id, -part) for offset, part in parts)
    given = summed((offset.item_id, -part) for offset, part in parts)
    move_amounts({"offset_given": given, "offset_received": received})
    tell_offsets(parts=parts, topic="offset_undone", at=at)


def _locked(pk: int) -> InvoiceableItem:
    """The item as it is now, locked."""
    return InvoiceableItem.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
