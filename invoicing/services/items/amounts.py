"""The one writer of an item's amounts: refunded, reserved, invoiced, offset; many rows in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from django.db import connection

from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem

Column = Literal["refunded", "reserved", "invoiced", "offset_given", "offset_received"]
Amounts = Mapping[int, Decimal]
"""What is added, by item id; less than zero is taken away."""

MOVE = """
WITH locked AS (
    SELECT id FROM {table} WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE {table} AS item SET {changes}
FROM unnest(%s::bigint[], {arrays}) AS moved (id, {columns}) JOIN locked USING (id)
WHERE item.id = locked.id
"""


def move_amounts(moved: Mapping[Column, Amounts]) -> None:
    """Add to several columns of many items at once, in the caller's transaction.

    Rows are locked in key order. What would break an item (less than zero, more invoiced than was
    paid) is refused by the database.
    """
    columns = sorted(column for column, amounts in moved.items() if amounts)
    if not columns:
        return
    ids = sorted({item_id for column in columns for item_id in moved[column]})
    statement = MOVE.format(
        table=connection.ops.quote_name(InvoiceableItem._meta.db_table),
        changes=", ".join(f"{column} = item.{column} + moved.{column}" for column in columns),
        arrays=", ".join("%s::numeric[]" for _ in columns),
        columns=", ".join(columns),
    )
    added = [[moved[column].get(item_id, ZERO) for item_id in ids] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids, ids, *added])


def summed(parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Amounts by item id, of parts that may name an item several times."""
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item_id, amount in parts:
        amounts[item_id] += amount
    return dict(amounts)


def taken(amounts: Amounts) -> dict[int, Decimal]:
    """The amounts as `move_amounts` takes them away."""
    return {item_id: -amount for item_id, amount in amounts.items()}
