"""One customer with a short and with a very long history: reads, and the audit of it all.

The history is charges that come in by the batch, each with its transfer and two entries, a
thousand and more a day. It is written by the services, with the triggers of this one session
switched off to save time; that it is exactly what the triggers would have let through is for the
audit to say, which proves every row of it afterwards.
"""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from benchmarks.arena import head, line, milliseconds

SHORT = 10_000
CHUNK = 5_000
BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)

RETALLY = """
TRUNCATE invoicing_itemtally;
INSERT INTO invoicing_itemtally (customer_id, tax_category_id, currency, mode, marketplace, cash,
    other_funds, refunded, reserved, invoiced, offset_given, offset_received)
SELECT customer_id, tax_category_id, currency, mode, marketplace, sum(cash), sum(other_funds),
    sum(refunded), sum(reserved), sum(invoiced), sum(offset_given), sum(offset_received)
FROM invoicing_invoiceableitem GROUP BY 1, 2, 3, 4, 5;
"""


def run(short, long, entries: int) -> None:  # type: ignore[no-untyped-def]
    """Print what reads cost of a customer with `entries` entries beside one with `SHORT`; the audit."""
    for story, wanted in ((short, SHORT), (long, entries)):
        story.recharge("1000000.00", "2026-03-01 08:00")
        _fill(story, wanted // 2)
    slow, quick = _reads(long, entries), _reads(short, SHORT)
    head("one customer, milliseconds per read", f"{entries:,}", f"{SHORT:,}")
    for name, read in slow.items():
        much, little = milliseconds([read, quick[name]])
        line(name, much, little, much / little, "<= 1.50")
    _audit()


def _reads(story, entries: int):  # type: ignore[no-untyped-def]
    from invoicing.queries.invoiceable import invoiceable
    from ledger.queries.balances import cash_statement, fund_balances, withdrawable
    from ledger.queries.books import balance_at, balance_on, fund_account, statement

    customer = story.customer
    account = fund_account(customer)
    assert account is not None
    middle, late = account.version // 2, BEGIN + timedelta(days=entries)
    day = account.entries.get(version=middle).local_date
    written = account.entries.get(version=middle).transfer.created_at
    return {
        "balances": lambda: fund_balances(customer),
        "what can be withdrawn, explained": lambda: withdrawable(customer),
        "balance as of a business date": lambda: balance_on(account, day),
        "balance as of an instant": lambda: balance_at(account, written),
        "statement, newest page": lambda: list(cash_statement(customer)),
        "statement, a page in the middle": lambda: list(cash_statement(customer, before=middle)),
        "statement of a day, first page": lambda: list(
            statement(account, first=day, last=day)[:20]
        ),
        "invoiceable amount, explained": lambda: invoiceable(customer, late),
    }


def _fill(story, charges: int) -> None:  # type: ignore[no-untyped-def]
    """So many charges of the customer, `CHUNK` a day."""
    from ledger.services.bills.batching import NewBill, record_charges_in_batch

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for first in range(0, charges, CHUNK):
            rows = [
                NewBill(
                    number=f"H-{story.customer.pk}-{n}",
                    customer_id=story.customer.pk,
                    amount=Decimal("1.00"),
                    tax_category=story.key,
                )
                for n in range(first, min(first + CHUNK, charges))
            ]
            record_charges_in_batch(rows=rows, at=BEGIN + timedelta(days=first // CHUNK))
        cursor.execute(RETALLY)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def _audit() -> None:
    """Time the audit of everything the benchmark wrote. Raises when it finds anything."""
    from finance_console.audit import run_audit
    from ledger.models import Entry

    entries = Entry.objects.count()
    started = time.perf_counter()
    results = run_audit()
    seconds = time.perf_counter() - started
    faults = {result.name: result.rows for result in results if result.rows}
    if faults:
        raise SystemExit(f"The audit does not accept the books: {faults}")
    print(
        f"\naudit of {entries:,} entries, {len(results)} checks: {seconds:.1f} s,"
        f" {entries / seconds:,.0f} entries per second (target: 10 s for 1,000,000)"
    )
