"""Days that were reconciled and whose facts changed since: which they are, and what follows."""

from datetime import date
from decimal import Decimal

from django.db import connection

from finance_console.kernel.money import ZERO
from ledger.models import Reconciliation

FACTS = ("recharged", "banked", "charged", "earned", "gaps")
OVERLAP = 3

# What was posted since the last days were compared (with an overlap, because a posting with a
# smaller id may be committed later), what banks said since, and lines that were decided since.
CHANGED = """
    WITH last AS (
        SELECT min((totals ->> 'newest_entry')::bigint) AS entry, min(made_at) AS at, max(day) AS day
        FROM (SELECT * FROM ledger_reconciliation WHERE currency = %(currency)s
              ORDER BY day DESC LIMIT %(overlap)s) r),
    waiting AS (
        SELECT booked_on AS day, count(*) AS lines FROM ledger_bankline
        WHERE status = 'unmatched' AND currency = %(currency)s GROUP BY 1),
    known AS (
        SELECT r.day, coalesce((SELECT (g ->> 'count')::int FROM jsonb_array_elements(r.gaps) g
                                WHERE g ->> 'kind' = 'bank_line_unmatched'), 0) AS lines
        FROM ledger_reconciliation r WHERE r.currency = %(currency)s)
    SELECT DISTINCT day FROM (
        SELECT e.local_date AS day FROM ledger_entry e, last
        WHERE e.id > last.entry AND e.local_date <= last.day AND e.currency = %(currency)s
        UNION ALL
        SELECT b.booked_on FROM ledger_bankline b
        JOIN ledger_bankstatement s ON s.id = b.statement_id, last
        WHERE s.imported_at >= last.at AND b.booked_on <= last.day AND b.currency = %(currency)s
        UNION ALL
        SELECT k.day FROM known k LEFT JOIN waiting w USING (day)
        WHERE k.lines <> coalesce(w.lines, 0)) d
    WHERE day >= %(earliest)s ORDER BY day"""


def days(currency: str) -> list[date]:
    """Days up to the last reconciled one whose facts may have changed since, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            CHANGED, {"currency": currency, "overlap": OVERLAP, "earliest": date(2000, 1, 1)}
        )
        return [row[0] for row in cursor.fetchall()]


def same_facts(row: Reconciliation, other: Reconciliation) -> bool:
    """Whether two comparisons of a day found the same."""
    return row.totals["buckets"] == other.totals["buckets"] and all(
        getattr(row, field) == getattr(other, field) for field in FACTS
    )


def move_later_days(row: Reconciliation, delta: dict[str, Decimal]) -> None:
    """What came late into the day of `row` is part of the totals of every later day."""
    if not delta:
        return
    later = list(
        Reconciliation.objects.select_for_update(no_key=True)
        .filter(currency=row.currency, day__gt=row.day)
        .order_by("pk")
    )
    for other in later:
        buckets = other.totals["buckets"]
        for bucket, more in delta.items():
            buckets[bucket] = f"{Decimal(buckets.get(bucket, ZERO)) + more:.2f}"
    Reconciliation.objects.bulk_update(later, ["totals"], batch_size=500)
