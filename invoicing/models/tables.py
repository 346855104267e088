"""Many rows into one table at once: keys drawn beforehand, rows copied in. The database checks them as any row."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import JSONField

Row = dict[str, Any]
"""Values by column."""


def draw_keys(model: type[models.Model], count: int) -> list[int]:
    """The next `count` primary keys of a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def copy_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Insert rows, by column, into the table of `model`; what a row leaves out is the field's default."""
    if not rows:
        return
    fields: dict[str, models.Field] = {
        field.column: field
        for field in model._meta.concrete_fields
        if field.column
        and not field.generated
        and (field.column in rows[0] or not field.primary_key)
    }
    defaults = {column: _default(field) for column, field in fields.items()}
    packed = {column for column, field in fields.items() if isinstance(field, JSONField)}
    quote = connection.ops.quote_name
    columns = ", ".join(quote(column) for column in fields)
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in _filled(rows, defaults, packed):
            copy.write_row(row)


def _filled(rows: Iterable[Row], defaults: Row, packed: Iterable[str]) -> Iterable[list[Any]]:
    for row in rows:
        full = {**defaults, **row}
        for column in packed:
            full[column] = json.dumps(full[column], ensure_ascii=False)
        yield list(full.values())


def _default(field: models.Field) -> Any:
    """The default as the column holds it; None for a column without one, which must then be given."""
    default = field.get_default()
    amount = getattr(default, "amount", default)
    return getattr(amount, "value", amount)
