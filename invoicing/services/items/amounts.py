"""The one writer of an item's amounts: reserved, invoiced, offset and refunded, many rows at once."""

from decimal import Decimal

from invoicing.models import InvoiceableItem


def move_claims(amounts: dict[int, Decimal], field: str, sign: int) -> None:
    """Add (`sign` 1) or take (-1) amounts by item id to `field`, rows locked in key order."""
    locked = InvoiceableItem.objects.select_for_update(no_key=True, of=("self",))
    rows = list(locked.filter(pk__in=amounts).order_by("pk"))
    for row in rows:
        setattr(row, field, getattr(row, field) + sign * amounts[row.pk])
    InvoiceableItem.objects.bulk_update(rows, [field])
