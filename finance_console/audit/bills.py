"""Checks of orders, usage and bills."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "every order has one charge of its amount, by its payer",
        """SELECT o.id AS "order", o.number, o.amount, c.amount AS charge
           FROM ledger_order o LEFT JOIN ledger_charge c ON c.order_id = o.id
           WHERE c.amount IS DISTINCT FROM o.amount OR c.customer_id IS DISTINCT FROM o.payer_id
              OR c.currency <> o.currency""",
    ),
    Check(
        "a failed order got all its cash back",
        """SELECT o.id AS "order", o.number, c.cash, c.refunded
           FROM ledger_order o JOIN ledger_charge c ON c.order_id = o.id
           WHERE o.status = 'failed' AND c.refunded <> c.cash""",
    ),
    Check(
        "the total of a bill is the sum of its payable lines",
        """SELECT b.id AS bill, b.number, b.total, coalesce(l.payable, 0) AS lines
           FROM ledger_bill b LEFT JOIN (
             SELECT bill_id, sum(payable) AS payable FROM ledger_billline GROUP BY 1) l
             ON l.bill_id = b.id
           WHERE b.total <> coalesce(l.payable, 0)""",
    ),
    Check(
        "a line of a monthly or daily bill is its usage, rounded once",
        """SELECT l.id AS line, b.number, l.exact, sum(u.amount) AS usage, l.rounding
           FROM ledger_billline l JOIN ledger_bill b ON b.id = l.bill_id AND b.kind IN ('monthly', 'daily')
           LEFT JOIN ledger_usagerecord u ON u.bill_line_id = l.id
           GROUP BY l.id, b.id HAVING l.exact IS DISTINCT FROM sum(u.amount) OR abs(l.rounding) > 0.005""",
    ),
    Check(
        "usage is billed to its own customer, month and currency",
        """SELECT u.id AS usage, b.number FROM ledger_usagerecord u
           JOIN ledger_billline l ON l.id = u.bill_line_id JOIN ledger_bill b ON b.id = l.bill_id
           WHERE (u.customer_id, u.period, u.currency) IS DISTINCT FROM
                 (b.customer_id, b.period, b.currency)
              OR u.tax_category_id <> l.tax_category_id
              OR u.product_id IS DISTINCT FROM l.product_id""",
    ),
    Check(
        "credit on a bill is what its negative lines gave",
        """SELECT l.bill_id AS bill, b.number FROM (
             SELECT bill_id, sum(credit) FILTER (WHERE amount > 0) AS used,
                    coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS given
             FROM ledger_billline GROUP BY 1) l
           JOIN ledger_bill b ON b.id = l.bill_id WHERE l.used > l.given""",
    ),
    Check(
        "settled bills have a charge per payable line, unsettled ones none",
        """SELECT b.id AS bill, b.number, b.status, l.payable, c.amount AS charge
           FROM ledger_bill b JOIN ledger_billline l ON l.bill_id = b.id
           LEFT JOIN ledger_charge c ON c.bill_line_id = l.id
           WHERE coalesce(c.amount, 0) <> CASE WHEN b.status = 'settled' THEN l.payable ELSE 0 END""",
    ),
    Check(
        "a usage file has all of its lines and its total, but for what was replaced",
        """SELECT b.id AS batch, b.lines, b.changed_lines, count(u.id) AS records,
                  b.total, b.changed_total, sum(u.amount) AS usage
           FROM ledger_usagebatch b LEFT JOIN ledger_usagerecord u ON u.batch_id = b.id
           GROUP BY b.id HAVING b.lines + b.changed_lines <> count(u.id)
               OR b.total + b.changed_total <> coalesce(sum(u.amount), 0)""",
    ),
)
