"""Writing many applications at once: what `applying.write` writes for one, in one statement per table.

Rows are copied in with keys drawn beforehand. The database checks them as it checks every row, at
the end of the transaction: heads are the sums of their lines, lines of their claims.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import JSONField

from finance_console.kernel.money import ZERO
from invoicing.domain import review
from invoicing.domain.planning import PlannedInvoice, PlannedLine
from invoicing.domain.profiles import Policy
from invoicing.domain.review import Calendar
from invoicing.models import (
    Claim,
    Invoice,
    InvoiceApplication,
    InvoiceLine,
    Offset,
    StatusChange,
)
from invoicing.services.auto.facts import Catalogue
from invoicing.services.auto.judging import Verdict
from invoicing.services.items.amounts import Column, move_amounts

Row = dict[str, Any]
MOVING: tuple[Column, ...] = ("reserved", "offset_given", "offset_received")


class Sheaf:
    """The rows of one chunk, table by table."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        plans = [verdict.planned.plan for verdict in verdicts if verdict.planned]
        invoices = [invoice for plan in plans for invoice in plan.invoices]
        self.keys = {
            InvoiceApplication: iter(draw_keys(InvoiceApplication, len(plans))),
            Invoice: iter(draw_keys(Invoice, len(invoices))),
            InvoiceLine: iter(draw_keys(InvoiceLine, sum(len(one.lines) for one in invoices))),
        }
        self.rows: dict[type[models.Model], list[Row]] = {
            model: []
            for model in (InvoiceApplication, Invoice, InvoiceLine, Claim, Offset, StatusChange)
        }
        self.moved: dict[Column, dict[int, Decimal]] = {column: {} for column in MOVING}

    def move(self, item_id: int, column: Column, amount: Decimal) -> None:
        """Add to a column of an item."""
        amounts = self.moved[column]
        amounts[item_id] = amounts.get(item_id, ZERO) + amount


def write_applications(
    *,
    verdicts: Sequence[Verdict],
    policy: Policy,
    period: str,
    calendar: Calendar,
    catalogue: Catalogue,
    at: datetime,
) -> dict[int, int]:
    """Write the planned ones, and return the application's id by customer.

    Runs in the caller's transaction, the customers locked. `calendar`: working days from `at` on.
    """
    sheaf = Sheaf(verdicts)
    written: dict[int, int] = {}
    for verdict in verdicts:
        if verdict.planned is not None:
            pk = next(sheaf.keys[InvoiceApplication])
            written[verdict.facts.customer.pk] = pk
            _application(sheaf, pk, verdict, policy, period, calendar, at)
            for position, planned in enumerate(verdict.planned.plan.invoices, start=1):
                _invoice(sheaf, pk, position, planned, verdict, catalogue)
    for model, rows in sheaf.rows.items():
        copy_rows(model, rows)
    move_amounts(sheaf.moved)
    return written


def _application(
    sheaf: Sheaf,
    pk: int,
    verdict: Verdict,
    policy: Policy,
    period: str,
    calendar: Calendar,
    at: datetime,
) -> None:
    planned, customer = verdict.planned, verdict.facts.customer
    assert planned is not None
    ask, terms, plan = planned.ask, planned.terms, planned.plan
    matches, wishes = planned.title_matches, bool(planned.wishes)
    sheaf.rows[InvoiceApplication].append(
        {
            "id": pk,
            "customer_id": customer.pk,
            "source": InvoiceApplication.Source.AUTOMATIC.value,
            "method": ask.method,
            "kind": ask.kind,
            "medium": terms.medium,
            "buyer": terms.buyer,
            "recipient_email": terms.recipient_email,
            "mailing_address": terms.mailing_address,
            "remarks": planned.remarks,
            "model": ask.model,
            "total": plan.total,
            "currency": plan.currency,
            "offset_total": plan.offset,
            "plan_hash": planned.hash,
            "idempotency_key": f"auto:{period}",
            "fingerprint": ask.fingerprint,
            "profile": policy.code,
            "profile_version": policy.version,
            "title_matches": matches,
            "submitted_at": at,
            "auto_review_at": review.auto_review_at(policy, matches, at, wishes=wishes),
            "review_due_at": review.review_due_at(
                policy, matches, at, calendar, customer.tz, wishes=wishes
            ),
        }
    )
    pending = InvoiceApplication.Status.PENDING_APPROVAL.value
    sheaf.rows[StatusChange].append({"application_id": pk, "after": pending, "at": at})
    for pair in plan.offsets:
        sheaf.move(pair.item_id, "offset_given", pair.amount)
        sheaf.move(pair.deficit_id, "offset_received", pair.amount)
        sheaf.rows[Offset].append(
            {
                "deficit_item_id": pair.deficit_id,
                "item_id": pair.item_id,
                "amount": pair.amount,
                "application_id": pk,
                "made_at": at,
            }
        )


def _invoice(
    sheaf: Sheaf,
    application_id: int,
    position: int,
    planned: PlannedInvoice,
    verdict: Verdict,
    catalogue: Catalogue,
) -> None:
    pk = next(sheaf.keys[Invoice])
    sheaf.rows[Invoice].append(
        {
            "id": pk,
            "application_id": application_id,
            "position": position,
            "entity_id": planned.entity_id,
            "kind": verdict.facts.settings.kind,
            "medium": planned.medium,
            "rate": planned.rate,
            "why": planned.why,
            "period": planned.period or "",
            "months": list(planned.periods),
            "member_id": planned.member_id,
            "net": planned.net,
            "tax": planned.tax,
            "gross": planned.gross,
            "currency": verdict.facts.customer.currency,
        }
    )
    for number, line in enumerate(planned.lines, start=1):
        _line(sheaf, pk, number, line, catalogue)


def _line(
    sheaf: Sheaf, invoice_id: int, position: int, line: PlannedLine, catalogue: Catalogue
) -> None:
    pk, key = next(sheaf.keys[InvoiceLine]), line.key
    sheaf.rows[InvoiceLine].append(
        {
            "id": pk,
            "invoice_id": invoice_id,
            "position": position,
            "tax_category_id": key.category_id,
            "tax_code": key.tax_code,
            "short_name": catalogue.categories[key.category_id].short_name,
            "content": key.content,
            "rate": key.rate,
            "net": line.net,
            "tax": line.tax,
            "gross": line.gross,
        }
    )
    for item_id, amount in line.claims:
        sheaf.move(item_id, "reserved", amount)
        sheaf.rows[Claim].append({"line_id": pk, "item_id": item_id, "amount": amount})


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
