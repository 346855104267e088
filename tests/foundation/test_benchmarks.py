"""A benchmark that no longer runs, or writes less than what it is compared with, says nothing."""

import pytest
from django.db import connection
from django.db.models import Count

from benchmarks import auto_invoicing as bench
from invoicing.models import AutoInvoicingRun, Claim, Invoice, StatusChange

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.corrupts,
]  # its customers have no ledger
SAID = (
    "position",
    "kind",
    "medium",
    "rate",
    "why",
    "status",
    "currency",
    "filed",
    "application__status",
)


def _written(month: str) -> list[object]:
    """What there is for the applications of a month but keys, moments, and amounts that differ by month."""
    invoices = Invoice.objects.filter(months=[month])
    mine = {"application__invoices__in": invoices}
    return [
        *invoices.annotate(Count("lines"))
        .order_by("position", "pk")
        .values_list(*SAID, "lines__count"),
        Claim.objects.filter(line__invoice__in=invoices).count(),
        StatusChange.objects.filter(**mine).distinct().count(),
        AutoInvoicingRun.objects.filter(**mine, period=month, result="issued").distinct().count(),
    ]


def test_the_statement_by_hand_writes_the_rows_that_we_write():
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("filling the tables of a benchmark takes a superuser")
    base = bench.fill(accounts=2, months=3)
    assert bench.Ours(0)(0, 0) == 2
    bench.Limit(base, 0, bench.ACCOUNTS // 2, "")(0, 0)
    ours, by_hand = _written(bench.month(0)), _written(bench.month(1))
    assert ours == by_hand
    assert ours[-3:] == [20, 2, 2]
