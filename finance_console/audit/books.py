"""Checks of the books: entries, balances, charges (I01, I04)."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "every transfer sums to zero per currency and has two entries or more",
        """SELECT e.transfer_id AS transfer, t.reference, e.currency, e.sum, e.entries
           FROM (SELECT transfer_id, currency, sum(amount) AS sum, count(*) AS entries
                 FROM ledger_entry GROUP BY 1, 2 HAVING sum(amount) <> 0 OR count(*) < 2) e
           LEFT JOIN ledger_transfer t ON t.id = e.transfer_id""",
    ),
    Check(
        "every transfer has entries",
        """SELECT t.id AS transfer, t.reference FROM ledger_transfer t
           WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transfer_id = t.id)""",
    ),
    Check(
        "an entry has the customer and currency of its account and its transfer",
        """SELECT e.id AS entry FROM ledger_entry e
           LEFT JOIN ledger_ledgeraccount a ON a.id = e.account_id
           LEFT JOIN ledger_transfer t ON t.id = e.transfer_id
           WHERE e.currency IS DISTINCT FROM a.currency OR e.customer_id IS DISTINCT FROM a.customer_id
              OR e.customer_id IS DISTINCT FROM t.customer_id""",
    ),
    Check(
        "a balance is the sum of its entries, a version their count",
        """SELECT a.id AS account, a.customer_id AS customer, a.bucket, a.balance,
                  coalesce(e.sum, 0) AS entries
           FROM ledger_ledgeraccount a LEFT JOIN (
             SELECT account_id, sum(amount) AS sum, count(*) AS count FROM ledger_entry GROUP BY 1) e
             ON e.account_id = a.id
           WHERE a.balance <> coalesce(e.sum, 0) OR a.version <> coalesce(e.count, 0)""",
    ),
    Check(
        "every running balance continues the one before",
        """SELECT id AS entry, account_id AS account, balance_after,
                  coalesce(before, 0) + amount AS expected
           FROM (SELECT *, lag(balance_after) OVER w AS before, lag(version) OVER w AS previous
                 FROM ledger_entry WINDOW w AS (PARTITION BY account_id ORDER BY version)) e
           WHERE balance_after <> coalesce(before, 0) + amount
              OR version <> coalesce(previous, 0) + 1""",
    ),
    Check(
        "no balance is below its floor and funds have the floor zero",
        """SELECT id AS account, bucket, balance, floor FROM ledger_ledgeraccount
           WHERE balance < floor OR floor > 0 OR (floor < 0 AND bucket <> 'cash')
              OR (bucket IN ('cash', 'voucher', 'coupon', 'rebate', 'gift', 'frozen'))
                 <> (floor IS NOT NULL)""",
    ),
    Check(
        "cash may go as far below zero as the customer's credit limit",
        """SELECT a.id AS account, a.floor, c.credit_limit FROM ledger_ledgeraccount a
           JOIN accounts_customeraccount c ON c.id = a.customer_id AND c.currency = a.currency
           WHERE a.bucket = 'cash' AND a.floor <> -c.credit_limit""",
    ),
    Check(
        "a recharge moved exactly its amount into cash",
        """SELECT r.id AS recharge, r.amount, sum(e.amount) AS moved
           FROM ledger_recharge r JOIN ledger_entry e ON e.transfer_id = r.transfer_id
           JOIN ledger_ledgeraccount a ON a.id = e.account_id AND a.bucket = 'cash'
           GROUP BY r.id HAVING sum(e.amount) <> r.amount""",
    ),
    Check(
        "the funding of a charge sums to it, and its cash is the cash part",
        """SELECT c.id AS charge, c.amount, c.cash, f.funded
           FROM ledger_charge c LEFT JOIN (
             SELECT charge_id, sum(amount) AS funded,
                    sum(amount) FILTER (WHERE fund = 'cash') AS cash
             FROM ledger_chargefunding GROUP BY 1) f ON f.charge_id = c.id
           WHERE c.amount IS DISTINCT FROM f.funded OR c.cash <> coalesce(f.cash, 0)""",
    ),
    Check(
        "the charges of a transfer are what its entries brought as revenue",
        """SELECT c.transfer_id AS transfer, c.charged, e.revenue
           FROM (SELECT transfer_id, sum(amount) AS charged FROM ledger_charge GROUP BY 1) c
           LEFT JOIN (SELECT e.transfer_id, sum(e.amount) AS revenue FROM ledger_entry e
                      JOIN ledger_ledgeraccount a ON a.id = e.account_id AND a.bucket IN ('deferred', 'revenue', 'payable')
                      GROUP BY 1) e ON e.transfer_id = c.transfer_id
           WHERE c.charged IS DISTINCT FROM e.revenue""",
    ),
    Check(
        "what a charge was refunded is the sum of its refunds",
        """SELECT c.id AS charge, c.refunded, coalesce(r.refunds, 0) AS refunds
           FROM ledger_charge c LEFT JOIN (
             SELECT charge_id, sum(amount) AS refunds FROM ledger_refund GROUP BY 1) r
             ON r.charge_id = c.id
           WHERE c.refunded <> coalesce(r.refunds, 0)""",
    ),
    Check(
        "a refund moved exactly its amount into cash",
        """SELECT r.id AS refund, r.amount, coalesce(sum(e.amount), 0) AS moved
           FROM ledger_refund r LEFT JOIN (ledger_entry e
           JOIN ledger_ledgeraccount a ON a.id = e.account_id AND a.bucket = 'cash')
             ON e.transfer_id = r.transfer_id
           GROUP BY r.id HAVING coalesce(sum(e.amount), 0) <> r.amount""",
    ),
    Check(
        "the hash chain of an account is unbroken: the first altered entry is named",
        # An altered entry whose own hash was made to fit breaks the chain one entry later: then its
        # content tells on it, because its transfer or its running balance is wrong.
        """SELECT DISTINCT ON (s.account_id) s.account_id AS account,
                  coalesce(forged.id, s.id) AS entry, coalesce(forged.version, s.version) AS version
           FROM (
             SELECT e.id, e.account_id, e.version FROM ledger_entry e LEFT JOIN ledger_entry b
               ON b.account_id = e.account_id AND b.version = e.version - 1
             WHERE e.chain <> ledger_chain(coalesce(b.chain, ''), e.account_id, e.version,
                   e.transfer_id, e.amount, e.balance_after, e.currency, e.local_date)) s
           LEFT JOIN LATERAL (
             SELECT p.id, p.version FROM ledger_entry p
             WHERE p.account_id = s.account_id AND p.version = s.version - 1 AND (
               (SELECT sum(x.amount) FROM ledger_entry x WHERE x.transfer_id = p.transfer_id) <> 0
               OR EXISTS (SELECT 1 FROM ledger_entry x WHERE x.transfer_id = p.transfer_id
                          AND (x.local_date, x.currency) <> (p.local_date, p.currency))
               OR p.balance_after <> p.amount + coalesce((SELECT x.balance_after FROM ledger_entry x
                    WHERE x.account_id = p.account_id AND x.version = p.version - 1), 0))
           ) forged ON true
           ORDER BY s.account_id, s.version""",
    ),
    Check(
        "an account ends where its chain ends: no entry was cut off",
        """SELECT a.id AS account, e.id AS entry, a.version FROM ledger_ledgeraccount a
           LEFT JOIN ledger_entry e ON e.account_id = a.id AND e.version = a.version
           WHERE a.chain <> coalesce(e.chain, '')""",
    ),
    Check(
        "the lots of a fund sum to its balance",
        """SELECT a.id AS account, a.customer_id AS customer, a.bucket, a.balance, l.remaining
           FROM ledger_ledgeraccount a LEFT JOIN (
             SELECT customer_id, fund, currency, sum(remaining) AS remaining
             FROM ledger_lot GROUP BY 1, 2, 3) l
             ON l.customer_id = a.customer_id AND l.fund = a.bucket AND l.currency = a.currency
           WHERE a.bucket IN ('cash', 'voucher', 'coupon', 'rebate', 'gift')
             AND greatest(a.balance, 0) <> coalesce(l.remaining, 0)""",
    ),
    Check(
        "what a lot has left is its amount less its uses",
        """SELECT l.id AS lot, l.amount, l.remaining, coalesce(sum(u.amount), 0) AS used
           FROM ledger_lot l LEFT JOIN ledger_lotuse u ON u.lot_id = l.id
           GROUP BY l.id HAVING l.remaining <> l.amount - coalesce(sum(u.amount), 0)""",
    ),
    Check(
        "no charge used more of a fund's lots than the fund paid for it",
        """SELECT u.charge_id AS charge, l.fund, sum(u.amount) AS used FROM ledger_lotuse u
           JOIN ledger_lot l ON l.id = u.lot_id
           LEFT JOIN ledger_chargefunding f ON f.charge_id = u.charge_id AND f.fund = l.fund
           WHERE u.charge_id IS NOT NULL GROUP BY u.charge_id, l.fund, f.amount
           HAVING sum(u.amount) > coalesce(f.amount, 0) OR sum(u.amount) < 0""",
    ),
)
