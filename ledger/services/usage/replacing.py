"""What a newer export of the same source changes: it replaces what is not billed yet, and corrects what is.

Set-based, under the customer's lock, after the new lines were written: a line is found again by
its `identity` within its source (billing account, issuer, month). Lines that are equal in it
count together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q

from ledger.models import UsageBatch


class How(StrEnum):
    """How a file relates to earlier ones of its sources.

    AUTO: a file that holds any line of an earlier one is a newer export and replaces it, with all
    that it had replaced; one that holds none of its lines is a further part.
    """

    AUTO = "auto"
    REPLACE = "replace"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a file changes. Counted are charges: lines with the same identity are one.

    `changed` ones had another amount, `gone` ones are not in the file any more. `billed` ones are on
    a bill already: their difference (`corrected`) goes to the next one. `difference`: by how much
    the usage grows in all. `rounded`: lines with more decimals than are kept.
    """

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    gone: int = 0
    billed: int = 0
    corrected: Decimal = Decimal(0)
    difference: Decimal = Decimal(0)
    rounded: int = 0

    @property
    def replaces(self) -> bool:
        """Whether there was an earlier export that this one replaces."""
        return bool(self.unchanged or self.changed or self.gone or self.billed)


# The planner knows nothing of rows that this transaction wrote: left alone it joins them one by one.
SET_BASED = "SET LOCAL enable_nestloop = off"
AS_BEFORE = "SET LOCAL enable_nestloop = DEFAULT"
OVERLAPPED = """
WITH mine AS MATERIALIZED (
    SELECT DISTINCT source_id, identity FROM ledger_usagerecord
    WHERE batch_id = %(batch)s AND source_id = ANY(%(sources)s)),
theirs AS MATERIALIZED (
    SELECT DISTINCT source_id, identity, batch_id FROM ledger_usagerecord
    WHERE batch_id <> %(batch)s AND source_id = ANY(%(sources)s))
SELECT DISTINCT coalesce(b.first_export_id, b.id) FROM mine JOIN theirs USING (source_id, identity)
JOIN ledger_usagebatch b ON b.id = theirs.batch_id
"""
OF_SOURCES = """
SELECT DISTINCT coalesce(b.first_export_id, b.id) FROM ledger_usagerecord o
JOIN ledger_usagebatch b ON b.id = o.batch_id
WHERE o.batch_id <> %(batch)s AND o.source_id = ANY(%(sources)s)
"""
FOLLOW = """
UPDATE ledger_usagebatch SET first_export_id = %(first)s
WHERE id <> %(first)s AND (id = %(batch)s OR coalesce(first_export_id, id) = ANY(%(chains)s))
"""
COMPARE = """
CREATE TEMP TABLE usage_compared ON COMMIT DROP AS
SELECT source_id, identity,
       count(*) FILTER (WHERE batch_id = %(batch)s) AS lines,
       min(line) FILTER (WHERE batch_id = %(batch)s) AS first_line,
       coalesce(sum(amount) FILTER (WHERE batch_id = %(batch)s), 0) AS stated,
       count(*) FILTER (WHERE batch_id <> %(batch)s AND bill_line_id IS NULL) AS open_lines,
       coalesce(sum(amount) FILTER (WHERE batch_id <> %(batch)s AND bill_line_id IS NULL), 0) AS open,
       count(bill_line_id) AS billed_lines,
       coalesce(sum(amount) FILTER (WHERE bill_line_id IS NOT NULL), 0) AS billed
FROM ledger_usagerecord
WHERE source_id = ANY(%(sources)s) AND (batch_id = %(batch)s OR batch_id = ANY(%(earlier)s))
GROUP BY 1, 2
"""
COUNTED = """
SELECT count(*) FILTER (WHERE lines > 0 AND open_lines + billed_lines = 0),
       count(*) FILTER (WHERE lines > 0 AND open_lines + billed_lines > 0 AND stated = open + billed),
       count(*) FILTER (WHERE lines > 0 AND open_lines + billed_lines > 0 AND stated <> open + billed),
       count(*) FILTER (WHERE lines = 0 AND (open_lines > 0 OR billed <> 0)),
       count(*) FILTER (WHERE billed_lines > 0),
       coalesce(sum(stated - billed) FILTER (WHERE billed_lines > 0), 0),
       coalesce(sum(stated - open - billed), 0)
FROM usage_compared
"""
REPLACED = """
WITH replaced AS (
    DELETE FROM ledger_usagerecord WHERE source_id = ANY(%(sources)s) AND batch_id = ANY(%(earlier)s)
        AND bill_line_id IS NULL RETURNING batch_id, amount)
UPDATE ledger_usagebatch b
SET changed_lines = changed_lines - r.lines, changed_total = changed_total - r.amount
FROM (SELECT batch_id, count(*) AS lines, sum(amount) AS amount FROM replaced GROUP BY 1) r
WHERE b.id = r.batch_id
"""
SETTLED = """
DELETE FROM ledger_usagerecord u USING usage_compared c
WHERE u.batch_id = %(batch)s AND u.source_id = c.source_id AND u.identity = c.identity
  AND c.billed_lines > 0 AND (c.stated = c.billed OR u.line <> c.first_line)
"""
CORRECTED = """
UPDATE ledger_usagerecord u SET amount = c.stated - c.billed FROM usage_compared c
WHERE u.batch_id = %(batch)s AND u.source_id = c.source_id AND u.identity = c.identity
  AND c.billed_lines > 0 AND u.line = c.first_line
"""
TAKEN_BACK = """
INSERT INTO ledger_usagerecord (customer_id, tax_category_id, product_id, amount, currency, used_at, period,
                                batch_id, resource, source_id, identity)
SELECT DISTINCT ON (u.source_id, u.identity) u.customer_id, u.tax_category_id, u.product_id, -c.billed, u.currency,
       u.used_at, greatest(s.month, %(earliest)s), %(batch)s, u.resource, u.source_id, u.identity
FROM usage_compared c
JOIN ledger_usagerecord u ON u.source_id = c.source_id AND u.identity = c.identity AND u.bill_line_id IS NOT NULL
    AND u.batch_id = ANY(%(earlier)s)
JOIN ledger_usagesource s ON s.id = c.source_id
WHERE c.lines = 0 AND c.billed <> 0 ORDER BY u.source_id, u.identity, u.id DESC
"""
CHANGED = """
UPDATE ledger_usagebatch b SET changed_lines = r.lines - b.lines, changed_total = r.amount - b.total
FROM (SELECT count(*) AS lines, coalesce(sum(amount), 0) AS amount
      FROM ledger_usagerecord WHERE batch_id = %(batch)s) r
WHERE b.id = %(batch)s
"""


def replace_earlier(
    *, batch: UsageBatch, sources: Collection[int], how: How, earliest: str
) -> Effect:
    """Make `batch`, whose lines are written, the newest export of `sources` that were there before.

    `earliest`: the first month that is open, for corrections of billed ones. Raises nothing.
    """
    alone = Effect(new=batch.lines, difference=batch.total)
    if how is How.ADD or not sources:
        return alone
    values: dict[str, Any] = {
        "batch": batch.pk,
        "sources": list(sources),
        "earliest": earliest,
    }
    with connection.cursor() as cursor:
        cursor.execute(SET_BASED)
        cursor.execute(OF_SOURCES if how is How.REPLACE else OVERLAPPED, values)
        chains = [chain for (chain,) in cursor.fetchall()]
        if not chains:
            cursor.execute(AS_BEFORE)
            return alone
        values |= {"chains": chains, "first": min(chains)}
        cursor.execute(FOLLOW, values)
        followed = UsageBatch.objects.filter(Q(pk__in=chains) | Q(first_export=values["first"]))
        values["earlier"] = list(followed.exclude(pk=batch.pk).values_list("pk", flat=True))
        cursor.execute(COMPARE, values)
        cursor.execute(COUNTED)
        effect = Effect(*cursor.fetchone())
        for statement in (REPLACED, SETTLED, CORRECTED, TAKEN_BACK, CHANGED):
            cursor.execute(statement, values)
        cursor.execute("DROP TABLE usage_compared")
        cursor.execute(AS_BEFORE)
    batch.refresh_from_db()
    return effect
