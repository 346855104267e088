"""The ledger: posting beside a hand-written SQL function, and reads of a customer with a long history."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from benchmarks import batch
from benchmarks.arena import milliseconds, rates

EARLY = date(2026, 3, 4)
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
POSTS = 400

LIMIT = """
CREATE TABLE limit_account (id bigint PRIMARY KEY, balance numeric(18,2) NOT NULL CHECK (id < 0 OR balance >= 0));
CREATE TABLE limit_transfer (id bigserial PRIMARY KEY, reference text NOT NULL UNIQUE);
CREATE TABLE limit_entry (id bigserial PRIMARY KEY, transfer bigint NOT NULL, account bigint NOT NULL,
                          amount numeric(18,2) NOT NULL, balance_after numeric(18,2) NOT NULL);
CREATE FUNCTION limit_post(ref text, giver bigint, taker bigint, amount numeric) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE t bigint; after numeric;
BEGIN
  INSERT INTO limit_transfer (reference) VALUES (ref) ON CONFLICT DO NOTHING RETURNING id INTO t;
  IF t IS NULL THEN SELECT id INTO t FROM limit_transfer WHERE reference = ref; RETURN t; END IF;
  UPDATE limit_account SET balance = balance - amount WHERE id = giver RETURNING balance INTO after;
  INSERT INTO limit_entry (transfer, account, amount, balance_after) VALUES (t, giver, -amount, after);
  UPDATE limit_account SET balance = balance + amount WHERE id = taker RETURNING balance INTO after;
  INSERT INTO limit_entry (transfer, account, amount, balance_after) VALUES (t, taker, amount, after);
  RETURN t;
END $$;
INSERT INTO limit_account SELECT -n, 0 FROM generate_series(1, 64) n;
INSERT INTO limit_account SELECT n, 0 FROM generate_series(1, 64) n;
"""


def run() -> None:
    """Print the figures."""
    from tests.builders import make_story

    stories = [make_story() for _ in range(64)]
    with connection.cursor() as cursor:
        cursor.execute(LIMIT)
    ids = [story.customer.pk for story in stories]
    print(f"{'posting, per second':44}{'ours':>9}{'limit':>9}{'ratio':>8}")
    for clients in (1, 2):
        for label, spread in (("spread", 64), ("one account", 1)):
            seen = rates({"ours": Ours(ids[0], spread), "limit": Limit(spread)}, clients)
            name = f"{label}, {clients} client{'s' if clients > 1 else ''}"
            ratio = seen["ours"] / seen["limit"]
            print(f"{name:44}{seen['ours']:9.0f}{seen['limit']:9.0f}{ratio:8.2f}")
    batch.run(stories)
    _long_history(stories[0])


class Ours:
    """Post through the service: one statement, its own transaction."""

    def __init__(self, first: int, spread: int) -> None:
        self.first, self.spread = first, spread

    def __call__(self, client: int, number: int) -> int:
        from accounts.models import CustomerAccount
        from ledger.services.posting import Leg, post

        customers = list(
            CustomerAccount.objects.filter(pk__gte=self.first).order_by("pk")[: self.spread]
        )
        legs = [Leg("funding", Decimal("-1.00")), Leg("cash", Decimal("1.00"))]
        for n in range(POSTS):
            post(
                customer=customers[n % self.spread],
                reference=f"{number}/{self.spread}/{client}/{n}",
                kind="recharge",
                legs=legs,
                currency="CNY",
                at=AT,
            )
        return POSTS


class Limit:
    """The same movement by the bare function."""

    def __init__(self, spread: int) -> None:
        self.spread = spread

    def __call__(self, client: int, number: int) -> int:
        with connection.cursor() as cursor:
            for n in range(POSTS):
                account = n % self.spread + 1
                cursor.execute(
                    "SELECT limit_post(%s, %s, %s, 1.00)",
                    [f"{number}/{self.spread}/{client}/{n}", -account, account],
                )
        return POSTS


def _long_history(story) -> None:  # type: ignore[no-untyped-def]
    """Reads of one customer after 10,000 and after 300,000 invoiced orders."""
    from invoicing.queries import invoiceable
    from ledger.books_queries import balance_at, balance_on, fund_account, statement
    from ledger.queries import cash_statement, fund_balances

    reads = {
        "balances": lambda: fund_balances(story.customer),
        "newest page of the statement": lambda: list(cash_statement(story.customer)),
        "statement of a day, first page": lambda: list(
            statement(fund_account(story.customer), first=EARLY, last=EARLY)[:20]
        ),
        "balance as of a business date": lambda: balance_on(fund_account(story.customer), EARLY),
        "balance as of an instant": lambda: balance_at(fund_account(story.customer), AT),
        "invoiceable amount, explained": lambda: invoiceable(
            story.customer, AT + timedelta(days=9)
        ),
    }
    seen: dict[str, list[float]] = {name: [] for name in reads}
    for total in (10_000, 300_000):
        _fill(story, total)
        for name, read in reads.items():
            seen[name].append(milliseconds(read))
    print(f"\n{'one customer, milliseconds':44}{'10,000':>9}{'300,000':>9}{'ratio':>8}")
    for name, (short, long) in seen.items():
        print(f"{name:44}{short:9.2f}{long:9.2f}{long / short:8.2f}")


def _fill(story, total: int) -> None:  # type: ignore[no-untyped-def]
    """Bring the customer's history to `total` charges, set-based; all but the last 20 are invoiced."""
    story.recharge("20.00", "2026-03-01 09:00")
    placed = story.order("1.00", "2026-03-01 10:00")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, changes in _COPIES.items():
            cursor.execute(_copy(cursor, table, changes), {"model": placed.pk, "n": total})
        cursor.execute(_LAST_OF_CASH)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("TRUNCATE invoicing_itemtally")
        cursor.execute(_RETALLY)
        cursor.execute("ANALYZE")


_COPIES = {
    "ledger_charge": {"order_id": "-(%(model)s * 1000000 + g)"},
    "invoicing_invoiceableitem": {
        "charge_id": "-(%(model)s * 1000000 + g)",
        "invoiced": "CASE WHEN g > 20 THEN cash ELSE 0 END",
        "source": "source || '-' || g",
    },
    "ledger_entry": {
        "version": "version + g",
        "late": "false",
        "local_date": "(SELECT last_date FROM ledger_ledgeraccount WHERE id = account_id) + g / 1000",
    },
}
_NEWEST = {  # the row that is copied; of the entries, the newest one of a cash balance
    "ledger_entry": "ledger_entry WHERE balance_after <> 0 AND account_id IN"
    " (SELECT id FROM ledger_ledgeraccount WHERE bucket = 'cash')"
}
_LAST_OF_CASH = """UPDATE ledger_ledgeraccount a SET version = e.version, last_date = e.last_date FROM (
    SELECT account_id, max(version) AS version, max(local_date) AS last_date FROM ledger_entry GROUP BY 1) e
    WHERE e.account_id = a.id AND a.bucket = 'cash'"""
_RETALLY = """INSERT INTO invoicing_itemtally (customer_id, tax_category_id, currency, mode, marketplace,
    cash, other_funds, refunded, reserved, invoiced, offset_given, offset_received)
    SELECT customer_id, tax_category_id, currency, mode, marketplace, sum(cash), sum(other_funds),
    sum(refunded), sum(reserved), sum(invoiced), sum(offset_given), sum(offset_received)
    FROM invoicing_invoiceableitem GROUP BY 1, 2, 3, 4, 5"""


def _copy(cursor, table: str, changes: dict[str, str]) -> str:  # type: ignore[no-untyped-def]
    """SQL that copies the newest row of `table` `n` times with `changes`."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND is_generated = 'NEVER' AND column_name <> 'id' AND is_identity = 'NO'",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM"
        f" (SELECT * FROM {_NEWEST.get(table, table)} ORDER BY id DESC LIMIT 1) m, generate_series(1, %(n)s) g"
    )
