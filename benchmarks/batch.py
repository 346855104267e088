"""Batches of a thousand beside bare set-based SQL.

The limit writes the same rows as we do, into copies of our own tables, in one statement: for
transfers the transfer, both entries with running balance and the balances; for charges also bill,
line, charge, funding, use of the lot, what the lot has left, and the invoiceable item. The copies
have our columns, keys and indexes. Told apart are two limits: tables `with their references`
(foreign keys, as any schema has them) and `bare` (none). Neither has our guarantees: no check
that transfers are balanced, sealed and in an open period, no hash chain, no fingerprints, no
locks, no state machine, no tallies, no rules of amounts; and neither decides anything: which fund
pays, which tax key applies and when the item becomes invoiceable is given.
"""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from benchmarks.arena import compare, copy_table, head

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SIZE, BATCHES = 1000, 3

TABLES = (
    "ledger_transfer",
    "ledger_ledgeraccount",
    "ledger_entry",
    "ledger_bill",
    "ledger_billline",
    "ledger_charge",
    "ledger_chargefunding",
    "ledger_lot",
    "ledger_lotuse",
    "invoicing_invoiceableitem",
)

MOVE = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(references)s::text[], %(customers)s::bigint[]) WITH ORDINALITY
        AS g (reference, customer, n)),
transfer AS (
    INSERT INTO {0}_ledger_transfer
        (customer_id, reference, kind, fingerprint, effective_at, written_by)
    SELECT customer, reference, 'recharge', '', %(at)s, 0 FROM given ORDER BY n
    RETURNING id, reference),
account AS MATERIALIZED (
    SELECT id, customer_id, balance, version,
           CASE bucket WHEN %(giver)s THEN -1.00 ELSE 1.00 END AS amount
    FROM {0}_ledger_ledgeraccount
    WHERE customer_id = ANY (%(customers)s) AND bucket IN (%(giver)s, %(taker)s)),
leg AS MATERIALIZED (
    SELECT g.customer, t.id AS transfer, a.id AS account, a.amount,
           a.balance + sum(a.amount) OVER w AS after, a.version + row_number() OVER w AS version
    FROM given g JOIN transfer t USING (reference) JOIN account a ON a.customer_id = g.customer
    WINDOW w AS (PARTITION BY a.id ORDER BY g.n)),
moved AS (
    UPDATE {0}_ledger_ledgeraccount a SET balance = a.balance + s.amount, version = a.version + s.n
    FROM (SELECT account, sum(amount) AS amount, count(*) AS n FROM leg GROUP BY 1) s
    WHERE a.id = s.account),
entered AS (
    INSERT INTO {0}_ledger_entry (customer_id, transfer_id, account_id, amount, currency,
                                  balance_after, version, local_date, chain)
    SELECT customer, transfer, account, amount, 'CNY', after, version, '2026-03-01', '' FROM leg)
"""

CHARGE = (
    MOVE
    + """,
bill AS (
    INSERT INTO {0}_ledger_bill (number, customer_id, kind, period, total, currency, status,
                                 generated_at, settled_at, transfer_id)
    SELECT g.reference, g.customer, 'direct', '2026-03', 1.00, 'CNY', 'settled', %(at)s, %(at)s, t.id
    FROM given g JOIN transfer t USING (reference) RETURNING id, number, customer_id, transfer_id),
line AS (
    INSERT INTO {0}_ledger_billline
        (bill_id, tax_category_id, exact, amount, rounding, credit, payable)
    SELECT id, %(key)s, 1.00, 1.00, 0, 0, 1.00 FROM bill RETURNING id, bill_id),
charge AS (
    INSERT INTO {0}_ledger_charge (customer_id, bill_line_id, tax_category_id, amount, cash,
                                   refunded, currency, period, paid_at, transfer_id)
    SELECT b.customer_id, l.id, %(key)s, 1.00, 1.00, 0, 'CNY', '2026-03', %(at)s, b.transfer_id
    FROM line l JOIN bill b ON b.id = l.bill_id
    RETURNING id, customer_id, bill_line_id, transfer_id),
funded AS (
    INSERT INTO {0}_ledger_chargefunding (charge_id, fund, amount)
    SELECT id, 'cash', 1.00 FROM charge),
lot AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id) customer_id, id FROM {0}_ledger_lot
    WHERE remaining > 0 AND customer_id = ANY (%(customers)s) ORDER BY customer_id, id),
used AS (
    INSERT INTO {0}_ledger_lotuse (lot_id, charge_id, transfer_id, amount)
    SELECT lot.id, c.id, c.transfer_id, 1.00 FROM charge c JOIN lot USING (customer_id)),
less AS (
    UPDATE {0}_ledger_lot l SET remaining = remaining - s.n
    FROM (SELECT lot.id, count(*) AS n FROM charge JOIN lot USING (customer_id) GROUP BY 1) s
    WHERE l.id = s.id)
INSERT INTO {0}_invoicing_invoiceableitem
    (charge_id, customer_id, entity_id, tax_category_id, rate, currency, source, description, mode,
     period, paid_at, marketplace, cash, other_funds, refunded, reserved, invoiced, offset_given,
     offset_received, available_at, waiting_reason, profile, profile_version)
SELECT c.id, c.customer_id, %(entity)s, %(key)s, 0.06, 'CNY', b.number, '', 'postpaid', '2026-03',
       %(at)s, false, 1.00, 0, 0, 0, 0, 0, 0, %(at)s, 'not_yet_available', 'alibaba', 1
FROM charge c JOIN line l ON l.id = c.bill_line_id JOIN bill b ON b.id = l.bill_id
"""
)


def run(stories) -> None:  # type: ignore[no-untyped-def]
    """Print the figures."""
    keys = [story.customer.pk for story in stories]
    key = stories[0].key
    head(f"batches of {SIZE}, rows per second")
    for kind, limit in (("referenced", "with references"), ("bare", "bare")):
        _copy_tables(kind)
        for clients in (1, 2):
            target = ">= 0.45" if kind == "referenced" else "-"
            charges = {
                "ours": Charges(keys, key.pk, f"{kind}/{clients}"),
                "limit": Limit(
                    CHARGE.format(kind),
                    keys,
                    f"{clients}/c",
                    giver="cash",
                    key=key.pk,
                    entity=key.entity_id,
                ),
            }
            compare(f"charges, billed and settled; limit {limit}", charges, clients, target)
            transfers = {
                "ours": Transfers(keys, f"{kind}/{clients}"),
                "limit": Limit(
                    MOVE.format(kind) + "SELECT 1", keys, f"{clients}/t", giver="funding"
                ),
            }
            compare(f"transfers; limit {limit}", transfers, clients, "-")


def _copy_tables(kind: str) -> None:
    """Copies of the tables of this kind, with the accounts and the money of all customers."""
    with connection.cursor() as cursor:
        for table in TABLES:
            copy_table(cursor, table, f"{kind}_")
            if table in ("ledger_ledgeraccount", "ledger_lot", "ledger_transfer"):
                cursor.execute(
                    f"INSERT INTO {kind}_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {table};"
                    f"SELECT setval(pg_get_serial_sequence('{kind}_{table}', 'id'),"
                    f" (SELECT max(id) FROM {table}))"
                )
        cursor.execute(
            f"INSERT INTO {kind}_ledger_ledgeraccount (customer_id, bucket, entity_id, currency,"
            " balance, version, chain) SELECT id, 'revenue', (SELECT min(id) FROM"
            " ledger_invoicingentity), 'CNY', 0, 0, '' FROM accounts_customeraccount"
            " ON CONFLICT DO NOTHING"
        )
        if kind == "referenced":
            _refer(cursor, kind)


def _refer(cursor, kind: str) -> None:  # type: ignore[no-untyped-def]
    """Give the copies the foreign keys of our tables, among themselves where they are copied."""
    cursor.execute(
        "SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE contype = 'f' AND conrelid::regclass::text = ANY (%s)",
        [list(TABLES)],
    )
    for table, column, parent in cursor.fetchall():
        target = f"{kind}_{parent}" if parent in TABLES else parent
        cursor.execute(
            f"ALTER TABLE {kind}_{table} ADD FOREIGN KEY ({column}) REFERENCES {target}"
            " DEFERRABLE INITIALLY DEFERRED"
        )


class Transfers:
    """`post_batch`: idempotent, chained, with running balances; each client has its customers."""

    def __init__(self, keys: list[int], name: str) -> None:
        self.keys, self.name = keys, name

    def __call__(self, client: int, number: int) -> int:
        from accounts.services.customers.locking import lock_customers
        from ledger.services.posting import Leg, NewTransfer, post_batch

        legs = [Leg("funding", Decimal("-1.00")), Leg("revenue", Decimal("1.00"))]
        for batch in range(BATCHES):
            with transaction.atomic():
                customers = list(lock_customers(self.keys[client::2]).values())
                post_batch(
                    [
                        NewTransfer(
                            customer=customers[n % len(customers)],
                            reference=f"batch/{self.name}/{number}/{client}/{batch}/{n}",
                            kind="recharge",
                            legs=legs,
                            currency="CNY",
                            at=AT,
                        )
                        for n in range(SIZE)
                    ]
                )
        return SIZE * BATCHES


class Charges:
    """Everything a charge is: bill, line, lots, entries, charge, funding, invoiceable item."""

    def __init__(self, keys: list[int], tax_category: int, name: str) -> None:
        self.keys, self.tax_category, self.name = keys, tax_category, name

    def __call__(self, client: int, number: int) -> int:
        from ledger.models import TaxCategory
        from ledger.services.bills.batching import NewBill, record_charges_in_batch

        key = TaxCategory.objects.get(pk=self.tax_category)
        mine = self.keys[client::2]
        for batch in range(BATCHES):
            record_charges_in_batch(
                rows=[
                    NewBill(
                        number=f"B/{self.name}/{number}/{client}/{batch}/{n}",
                        customer_id=mine[n % len(mine)],
                        amount=Decimal("1.00"),
                        tax_category=key,
                    )
                    for n in range(SIZE)
                ],
                at=AT,
            )
        return SIZE * BATCHES


class Limit:
    """One bare statement per batch."""

    def __init__(self, sql: str, keys: list[int], name: str, **values: object) -> None:
        self.sql, self.keys, self.name = sql, keys, name
        self.values = {"at": AT, "taker": "revenue", **values}

    def __call__(self, client: int, number: int) -> int:
        mine = self.keys[client::2]
        with connection.cursor() as cursor:
            for batch in range(BATCHES):
                names = [f"{self.name}/{number}/{client}/{batch}/{n}" for n in range(SIZE)]
                customers = [mine[n % len(mine)] for n in range(SIZE)]
                cursor.execute(
                    self.sql, {**self.values, "references": names, "customers": customers}
                )
        return SIZE * BATCHES
