"""What customers hear of deficits, offsets and the money held for them (D03, D07, D11).

What is put right within the same transaction is not told: nobody ever saw it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal

from accounts.messages.outbox import Owed, enqueue_many
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from invoicing.models import InvoiceableItem, Offset
from ledger.models import Hold, Refund

_untold: ContextVar[bool] = ContextVar("untold", default=False)


@contextmanager
def untold() -> Iterator[None]:
    """Deficits that open in here are gone before it ends."""
    token = _untold.set(True)
    try:
        yield
    finally:
        _untold.reset(token)


def tell_deficits(*, refund_ids: Iterable[int], at: datetime) -> None:
    """Whoever invoiced what was refunded now hears that more is invoiced than was paid."""
    refunds = dict(Refund.objects.filter(pk__in=refund_ids).values_list("charge", "pk"))
    items = InvoiceableItem.objects.filter(charge__in=refunds, net__lt=0)
    owing = items.select_related("customer")
    _tell(
        (
            Owed(
                item.customer_id,
                "deficit_opened",
                f"refund:{refunds[item.charge_id]}",
                {
                    "number": item.source,
                    "amount": in_currency(item.deficit, item.customer.currency),
                },
            )
            for item in owing
        ),
        at,
    )


def tell_released(*, hold: Hold, at: datetime) -> None:
    """The last deficit ended: its money is free again."""
    _tell([Owed(hold.customer_id, "deficit_ended", f"hold:{hold.pk}", {})], at)


def tell_offsets(*, parts: Iterable[tuple[Offset, Decimal]], topic: str, at: datetime) -> None:
    """One message for each customer about all of them: `offset_made` or `offset_undone`.

    `parts`: offsets, and how much of each is made or undone.
    """
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    first: dict[int, int] = {}
    currencies: dict[int, str] = {}
    parts = list(parts)
    items = [offset.item_id for offset, _amount in parts]
    owners = {
        row.pk: row.customer
        for row in InvoiceableItem.objects.filter(pk__in=items).select_related("customer")
    }
    for offset, amount in parts:
        customer = owners[offset.item_id]
        sums[customer.pk] += amount
        first.setdefault(customer.pk, offset.pk)
        currencies[customer.pk] = customer.currency
    _tell(
        (
            Owed(pk, topic, f"offset:{first[pk]}", {"amount": in_currency(total, currencies[pk])})
            for pk, total in sums.items()
        ),
        at,
    )


def _tell(owed: Iterable[Owed], at: datetime) -> None:
    if not _untold.get() and (messages := list(owed)):
        enqueue_many(owed=messages, at=at)
