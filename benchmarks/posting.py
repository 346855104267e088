"""Single postings through the service beside hand-written SQL functions.

A limit does the same two-leg transfer: it inserts the reference once, guards and updates both
balances, and writes both entries with their running balance. Told apart are two limits, as for
batches: one writes into copies of our tables with our columns, keys and indexes; the `bare` one into
the fewest columns that can be, with no index to read by. Neither has our guarantees: no chain,
no comparison of content, no check that a transfer is balanced, sealed and dated in an open period,
no foreign keys; and the client calls them without a service.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from benchmarks.arena import compare, copy_table, head

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
POSTS, ROUNDS = 400, 11

SAME = """
ALTER TABLE limit_ledger_ledgeraccount SET (fillfactor = 50);
ALTER TABLE limit_ledger_ledgeraccount ADD CHECK (balance >= floor);
INSERT INTO limit_ledger_ledgeraccount (customer_id, bucket, currency, balance, version, chain)
SELECT id, bucket, 'CNY', 0, 0, '' FROM accounts_customeraccount, unnest('{funding,revenue}'::text[]) bucket;
CREATE FUNCTION limit_post(p_customer bigint, p_reference text, p_kind text, p_at timestamptz,
                           p_date date, p_currency text, p_giver text, p_taker text, p_amount numeric)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE transfer bigint; account record;
BEGIN
  INSERT INTO limit_ledger_transfer (customer_id, reference, kind, fingerprint, effective_at, written_by)
  VALUES (p_customer, p_reference, p_kind, '', p_at, 0) ON CONFLICT DO NOTHING RETURNING id INTO transfer;
  IF transfer IS NULL THEN
    SELECT id INTO transfer FROM limit_ledger_transfer WHERE customer_id = p_customer AND reference = p_reference;
    RETURN transfer;
  END IF;
  UPDATE limit_ledger_ledgeraccount SET balance = balance - p_amount, version = version + 1
  WHERE customer_id = p_customer AND bucket = p_giver AND currency = p_currency
  RETURNING id, balance, version INTO account;
  INSERT INTO limit_ledger_entry (customer_id, transfer_id, account_id, amount, currency, balance_after,
                                  version, local_date, chain)
  VALUES (p_customer, transfer, account.id, -p_amount, p_currency, account.balance, account.version, p_date, '');
  UPDATE limit_ledger_ledgeraccount SET balance = balance + p_amount, version = version + 1
  WHERE customer_id = p_customer AND bucket = p_taker AND currency = p_currency
  RETURNING id, balance, version INTO account;
  INSERT INTO limit_ledger_entry (customer_id, transfer_id, account_id, amount, currency, balance_after,
                                  version, local_date, chain)
  VALUES (p_customer, transfer, account.id, p_amount, p_currency, account.balance, account.version, p_date, '');
  RETURN transfer;
END $$;
"""

BARE = """
CREATE TABLE bare_account (id bigint PRIMARY KEY, balance numeric(18,2) NOT NULL CHECK (id < 0 OR balance >= 0));
CREATE TABLE bare_transfer (id bigserial PRIMARY KEY, reference text NOT NULL UNIQUE);
CREATE TABLE bare_entry (id bigserial PRIMARY KEY, transfer bigint NOT NULL, account bigint NOT NULL,
                         amount numeric(18,2) NOT NULL, balance_after numeric(18,2) NOT NULL);
CREATE FUNCTION bare_post(ref text, giver bigint, taker bigint, amount numeric) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE t bigint; after numeric;
BEGIN
  INSERT INTO bare_transfer (reference) VALUES (ref) ON CONFLICT DO NOTHING RETURNING id INTO t;
  IF t IS NULL THEN SELECT id INTO t FROM bare_transfer WHERE reference = ref; RETURN t; END IF;
  UPDATE bare_account SET balance = balance - amount WHERE id = giver RETURNING balance INTO after;
  INSERT INTO bare_entry (transfer, account, amount, balance_after) VALUES (t, giver, -amount, after);
  UPDATE bare_account SET balance = balance + amount WHERE id = taker RETURNING balance INTO after;
  INSERT INTO bare_entry (transfer, account, amount, balance_after) VALUES (t, taker, amount, after);
  RETURN t;
END $$;
INSERT INTO bare_account SELECT sign * id, 0 FROM accounts_customeraccount, unnest('{-1,1}'::int[]) sign;
"""


def run(stories) -> None:  # type: ignore[no-untyped-def]
    """Print the figures: many customers, and one whose balance everybody waits for."""
    with connection.cursor() as cursor:
        for table in ("ledger_transfer", "ledger_ledgeraccount", "ledger_entry"):
            copy_table(cursor, table, "limit_")
        cursor.execute(SAME)
        cursor.execute(BARE)
    keys = [story.customer.pk for story in stories]
    head("one transfer per call, per second")
    for limit, post, target in (("same columns", _post_same, ">= 0.60"), ("bare", _post_bare, "-")):
        for label, spread in (("spread", 64), ("one account", 1)):
            for clients in (1, 2):
                name = f"{limit}/{clients}"
                works = {
                    "ours": Ours(keys[:spread], name),
                    "limit": Limit(keys[:spread], name, post),
                }
                compare(f"post, {label}; limit {limit}", works, clients, target, ROUNDS)


class Ours:
    """Post through the service: one statement, its own transaction.

    Between funding and revenue: cash has lots, which a bare posting does not know.
    """

    def __init__(self, keys: list[int], name: str) -> None:
        self.keys, self.name = keys, name

    def __call__(self, client: int, number: int) -> int:
        from accounts.models import CustomerAccount
        from ledger.services.posting import Leg, post

        customers = list(CustomerAccount.objects.filter(pk__in=self.keys).order_by("pk"))
        legs = [Leg("funding", Decimal("-1.00")), Leg("revenue", Decimal("1.00"))]
        for n in range(POSTS):
            post(
                customer=customers[n % len(customers)],
                reference=f"{self.name}/{number}/{len(customers)}/{client}/{n}",
                kind="recharge",
                legs=legs,
                currency="CNY",
                at=AT,
            )
        return POSTS


class Limit:
    """The same movement by a function."""

    def __init__(self, keys: list[int], name: str, post: Callable[[Any, int, str], None]) -> None:
        self.keys, self.name, self.post = keys, name, post

    def __call__(self, client: int, number: int) -> int:
        with connection.cursor() as cursor:
            for n in range(POSTS):
                customer = self.keys[n % len(self.keys)]
                self.post(cursor, customer, f"{self.name}/{number}/{len(self.keys)}/{client}/{n}")
        return POSTS


def _post_same(cursor: Any, customer: int, reference: str) -> None:
    cursor.execute(
        "SELECT limit_post(%s, %s, 'recharge', %s, %s, 'CNY', 'funding', 'revenue', 1.00)",
        [customer, reference, AT, AT.date()],
    )


def _post_bare(cursor: Any, customer: int, reference: str) -> None:
    cursor.execute("SELECT bare_post(%s, %s, %s, 1.00)", [reference, -customer, customer])
