"""Batches: `post_batch` and the intake of charges beside bare set-based SQL, per transfer and second."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from benchmarks.arena import rates

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SIZE, BATCHES = 1000, 5

LIMIT = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS w (reference, taker, n)),
written AS (
    INSERT INTO limit_transfer (reference) SELECT reference FROM wanted ORDER BY n
    ON CONFLICT DO NOTHING RETURNING id, reference),
leg AS (
    SELECT w.n, t.id AS transfer, l.account, l.amount FROM wanted w JOIN written t USING (reference)
    CROSS JOIN LATERAL (VALUES (-w.taker, -1.00), (w.taker, 1.00)) AS l (account, amount)),
moved AS (
    UPDATE limit_account a SET balance = a.balance + s.amount
    FROM (SELECT account, sum(amount) AS amount FROM leg GROUP BY account) s WHERE a.id = s.account)
INSERT INTO limit_entry (transfer, account, amount, balance_after)
SELECT leg.transfer, leg.account, leg.amount,
       a.balance + sum(leg.amount) OVER (PARTITION BY leg.account ORDER BY leg.n)
FROM leg JOIN limit_account a ON a.id = leg.account
"""


def run(stories) -> None:  # type: ignore[no-untyped-def]
    """Print the figures; `limit_account` has the accounts 1 to 64 and their counterparts."""
    for story in stories:
        story.recharge("100000.00", "2026-03-01 08:00")
    keys = [story.customer.pk for story in stories]
    print(f"\n{f'batches of {SIZE}, per second':44}{'ours':>9}{'limit':>9}{'ratio':>8}")
    for clients in (1, 2):
        works = {
            "post_batch": Ours(keys, clients),
            "charges, billed and settled": Charges(keys, stories[0].key.pk, clients),
            "limit": Limit(clients),
        }
        seen = rates(works, clients)
        for name in list(works)[:2]:
            label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
            ratio = seen[name] / seen["limit"]
            print(f"{label:44}{seen[name]:9.0f}{seen['limit']:9.0f}{ratio:8.2f}")


class Ours:
    """The full books: idempotent, chained, with running balances; each client has its customers."""

    def __init__(self, keys: list[int], clients: int) -> None:
        self.keys, self.clients = keys, clients

    def __call__(self, client: int, number: int) -> int:
        from accounts.services.locking import lock_customers
        from ledger.services.posting import Leg, NewTransfer, post_batch

        legs = [Leg("funding", Decimal("-1.00")), Leg("gift", Decimal("1.00"))]
        mine = self.keys[client::2]
        for batch in range(BATCHES):
            with transaction.atomic():
                customers = list(lock_customers(mine).values())
                post_batch(
                    [
                        NewTransfer(
                            customer=customers[n % len(customers)],
                            reference=f"batch/{self.clients}/{number}/{client}/{batch}/{n}",
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

    def __init__(self, keys: list[int], tax_category: int, clients: int) -> None:
        self.keys, self.tax_category, self.clients = keys, tax_category, clients

    def __call__(self, client: int, number: int) -> int:
        from ledger.models import TaxCategory
        from ledger.services.intake import NewBill, record_charges_in_batch

        key = TaxCategory.objects.get(pk=self.tax_category)
        mine = self.keys[client::2]
        rows = [
            NewBill(
                number=f"B/{self.clients}/{number}/{client}/{n}",
                customer_id=mine[n % len(mine)],
                amount=Decimal("1.00"),
                tax_category=key,
            )
            for n in range(SIZE)
        ]
        record_charges_in_batch(rows=rows, at=AT)
        return SIZE


class Limit:
    """The same movements in bare SQL: no chain, no customers, no checks of the statement."""

    def __init__(self, clients: int) -> None:
        self.clients = clients

    def __call__(self, client: int, number: int) -> int:
        with connection.cursor() as cursor:
            for batch in range(BATCHES):
                names = [f"batch/{self.clients}/{number}/{client}/{batch}/{n}" for n in range(SIZE)]
                takers = [(n * 2 + client) % 64 + 1 for n in range(SIZE)]
                cursor.execute(LIMIT, [names, takers])
        return SIZE * BATCHES
