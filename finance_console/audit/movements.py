"""Checks of money coming in, going out and moved by hand: each row beside the entries it stands for."""

from finance_console.audit.check import Check

OF_BUCKET = """coalesce((SELECT sum(leg.amount) FROM ledger_entry leg
    JOIN ledger_ledgeraccount pot ON pot.id = leg.account_id
    WHERE leg.transfer_id = {transfer} AND pot.bucket = {bucket}
      AND leg.currency = {row}.currency), 0)"""


def _moved(transfer: str, bucket: str, row: str) -> str:
    """SQL: what a transfer brought into a bucket, in the currency of the row."""
    return OF_BUCKET.format(transfer=transfer, bucket=bucket, row=row)


CHECKS = (
    Check(
        "an entry is late exactly when an earlier one of its account has a later date",
        """SELECT id AS entry, account_id AS account, local_date AS date FROM (
             SELECT e.*, max(local_date) OVER (PARTITION BY account_id ORDER BY version
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest
             FROM ledger_entry e) s
           WHERE late <> coalesce(local_date < latest, false)""",
    ),
    Check(
        "an account knows the latest date of its entries",
        """SELECT a.id AS account, a.last_date, e.latest
           FROM ledger_ledgeraccount a LEFT JOIN (
             SELECT account_id, max(local_date) AS latest FROM ledger_entry GROUP BY 1) e
             ON e.account_id = a.id
           WHERE a.last_date IS DISTINCT FROM e.latest""",
    ),
    Check(
        "a paid online payment has a recharge of its customer, amount and currency",
        """SELECT p.id AS payment, p.amount, r.id AS recharge, r.amount AS recharged
           FROM ledger_payment p LEFT JOIN ledger_recharge r ON r.id = p.recharge_id
           WHERE (p.status = 'paid') <> (r.id IS NOT NULL)
              OR (r.id IS NOT NULL AND (r.customer_id, r.amount, r.currency)
                  IS DISTINCT FROM (p.customer_id, p.amount, p.currency))""",
    ),
    Check(
        "a matched bank line has a recharge of its amount and currency",
        """SELECT b.id AS bank_line, b.reference, b.amount, r.id AS recharge, r.amount AS recharged
           FROM ledger_bankline b LEFT JOIN ledger_recharge r ON r.id = b.recharge_id
           WHERE (b.status = 'matched') <> (r.id IS NOT NULL)
              OR (r.id IS NOT NULL AND (r.amount, r.currency) IS DISTINCT FROM (b.amount, b.currency))""",
    ),
    Check(
        "what is frozen is the sum of the open withdrawals",
        """SELECT customer_id AS customer, currency, sum(frozen) AS frozen, sum(asked) AS withdrawals
           FROM (SELECT customer_id, currency, balance AS frozen, 0 AS asked
                 FROM ledger_ledgeraccount WHERE bucket = 'frozen'
                 UNION ALL
                 SELECT customer_id, currency, 0, amount FROM ledger_withdrawal
                 WHERE status IN ('requested', 'reviewing')) s
           GROUP BY 1, 2 HAVING sum(frozen) <> sum(asked)""",
    ),
    Check(
        "a withdrawal froze its amount, and paid it out or gave it back",
        f"""SELECT w.id AS withdrawal, w.status, w.amount FROM ledger_withdrawal w
           WHERE {_moved("w.freeze_id", "'frozen'", "w")} <> w.amount
              OR {_moved("w.freeze_id", "'cash'", "w")} <> -w.amount
              OR (w.settlement_id IS NOT NULL AND (
                  {_moved("w.settlement_id", "'frozen'", "w")} <> -w.amount
                  OR {_moved("w.settlement_id", "CASE w.status WHEN 'paid' THEN 'withdrawn' ELSE 'cash' END", "w")}
                     <> w.amount))""",
    ),
    Check(
        "withdrawals paid out are the paid withdrawals",
        """SELECT customer_id AS customer, currency, sum(moved) AS withdrawn, sum(paid) AS withdrawals
           FROM (SELECT customer_id, currency, balance AS moved, 0 AS paid
                 FROM ledger_ledgeraccount WHERE bucket = 'withdrawn'
                 UNION ALL
                 SELECT customer_id, currency, 0, amount FROM ledger_withdrawal WHERE status = 'paid') s
           GROUP BY 1, 2 HAVING sum(moved) <> sum(paid)""",
    ),
    Check(
        "a transfer between members took from one what it gave the other",
        f"""SELECT m.id AS member_transfer, m.amount FROM ledger_membertransfer m
           JOIN ledger_transfer o ON o.id = m.transfer_out_id
           JOIN ledger_transfer i ON i.id = m.transfer_in_id
           WHERE (o.customer_id, i.customer_id) IS DISTINCT FROM (m.giver_id, m.taker_id)
              OR {_moved("o.id", "'cash'", "m")} <> -m.amount
              OR {_moved("i.id", "'cash'", "m")} <> m.amount""",
    ),
    Check(
        "transfers between members sum to zero per currency",
        """SELECT currency, sum(balance) AS sum FROM ledger_ledgeraccount WHERE bucket = 'members'
           GROUP BY 1 HAVING sum(balance) <> 0""",
    ),
    Check(
        "a posted adjustment moved its amount into its fund, and nothing else is one",
        f"""SELECT t.id AS transfer, a.id AS adjustment, a.amount FROM ledger_transfer t
           FULL JOIN (SELECT * FROM ledger_adjustment WHERE status = 'posted') a
             ON a.transfer_id = t.id
           WHERE (t.kind = 'adjustment' OR a.id IS NOT NULL)
             AND (a.id IS NULL OR t.id IS NULL OR t.customer_id <> a.customer_id
                  OR t.kind <> 'adjustment' OR {_moved("t.id", "a.fund", "a")} <> a.amount
                  OR {_moved("t.id", "'adjustment'", "a")} <> -a.amount)""",
    ),
    Check(
        "a reversal mirrors the transfer it reverses",
        """SELECT t.id AS reversal, o.id AS original, o.reference FROM ledger_transfer t
           JOIN ledger_transfer o ON o.id = t.reverses_id
           WHERE t.customer_id <> o.customer_id OR EXISTS (
               SELECT 1 FROM ledger_entry e WHERE e.transfer_id IN (t.id, o.id)
               GROUP BY e.account_id HAVING sum(e.amount) <> 0)""",
    ),
    Check(
        "deferred revenue is what is left of the orders not delivered yet",
        """SELECT customer_id AS customer, entity_id AS entity, currency, sum(deferred) AS deferred,
                  sum(pending) AS orders
           FROM (SELECT customer_id, entity_id, currency, balance AS deferred, 0 AS pending
                 FROM ledger_ledgeraccount WHERE bucket = 'deferred'
                 UNION ALL
                 SELECT c.customer_id, k.entity_id, c.currency, 0, c.amount - c.refunded
                 FROM ledger_charge c JOIN ledger_order o ON o.id = c.order_id AND o.status = 'paid'
                 JOIN ledger_taxcategory k ON k.id = c.tax_category_id) s
           GROUP BY 1, 2, 3 HAVING sum(deferred) <> sum(pending)""",
    ),
    Check(
        "a redeemed code gave its fund and amount, and only a redeemed one gave anything",
        """SELECT c.id AS code, c.amount, l.id AS lot, l.amount AS given FROM ledger_activationcode c
           FULL JOIN (SELECT l.* FROM ledger_lot l JOIN ledger_transfer t ON t.id = l.source_id
                      WHERE t.kind = 'grant' AND t.reference ~ '^grant:code:[0-9]+$') l
             ON l.id = c.lot_id
           WHERE (c.redeemed_at IS NOT NULL) <> (l.id IS NOT NULL) OR (l.id IS NOT NULL AND
                 (l.fund, l.amount, l.currency) IS DISTINCT FROM (c.fund, c.amount, c.currency))""",
    ),
    Check(
        "the totals of a reconciled day sum to zero",
        """SELECT r.id AS reconciliation, r.day, r.currency, sum(t.value::numeric) AS sum
           FROM ledger_reconciliation r, jsonb_each_text(r.totals -> 'buckets') t
           GROUP BY r.id HAVING sum(t.value::numeric) <> 0""",
    ),
)
