"""Single postings through the service beside a hand-written SQL function.

The limit does the same two-leg transfer on tables of its own: it inserts the reference once,
guards and updates both balances, and writes both entries with their running balance. It has no
foreign keys, no chain, no comparison of content, no check that a transfer is balanced, sealed and
dated in an open period; it has fewer columns and indexes, and the client calls it without a service.
"""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection

from benchmarks.arena import compare, head

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


def run(stories) -> None:  # type: ignore[no-untyped-def]
    """Print the figures: many customers, and one whose balance everybody waits for."""
    with connection.cursor() as cursor:
        cursor.execute(LIMIT)
    keys = [story.customer.pk for story in stories]
    head("one transfer per call, per second")
    for label, spread in (("spread", 64), ("one account", 1)):
        for clients in (1, 2):
            works = {"ours": Ours(keys[:spread], clients), "limit": Limit(spread, clients)}
            compare(f"post, {label}", works, clients, ">= 0.60")


class Ours:
    """Post through the service: one statement, its own transaction.

    Between funding and revenue: cash has lots, which a bare posting does not know.
    """

    def __init__(self, keys: list[int], clients: int) -> None:
        self.keys, self.clients = keys, clients

    def __call__(self, client: int, number: int) -> int:
        from accounts.models import CustomerAccount
        from ledger.services.posting import Leg, post

        customers = list(CustomerAccount.objects.filter(pk__in=self.keys).order_by("pk"))
        legs = [Leg("funding", Decimal("-1.00")), Leg("revenue", Decimal("1.00"))]
        for n in range(POSTS):
            post(
                customer=customers[n % len(customers)],
                reference=f"{self.clients}/{number}/{len(customers)}/{client}/{n}",
                kind="recharge",
                legs=legs,
                currency="CNY",
                at=AT,
            )
        return POSTS


class Limit:
    """The same movement by the bare function."""

    def __init__(self, spread: int, clients: int) -> None:
        self.spread, self.clients = spread, clients

    def __call__(self, client: int, number: int) -> int:
        with connection.cursor() as cursor:
            for n in range(POSTS):
                account = n % self.spread + 1
                cursor.execute(
                    "SELECT limit_post(%s, %s, %s, 1.00)",
                    [f"{self.clients}/{number}/{self.spread}/{client}/{n}", -account, account],
                )
        return POSTS
