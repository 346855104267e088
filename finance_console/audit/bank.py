"""Checks of bank statements: every cent of a statement is credited once, or waits."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "a statement's lines, and those left out as held before, are its total, which leads to its closing balance",
        """SELECT s.id AS statement, s.name, s.total, s.left_out, coalesce(sum(b.amount), 0) AS kept,
                  s.opening, s.closing
           FROM ledger_bankstatement s LEFT JOIN ledger_bankline b ON b.statement_id = s.id
           GROUP BY s.id HAVING coalesce(sum(b.amount), 0) + s.left_out <> s.total
               OR s.opening + s.total <> s.closing OR count(b.id) > s.lines_count""",
    ),
    Check(
        "equal bank lines have the places 1 to n",
        """SELECT account, booked_on, amount, reference, count(*) AS lines, max(place) AS last
           FROM ledger_bankline GROUP BY account, currency, booked_on, amount, reference
           HAVING count(*) <> max(place) OR min(place) <> 1""",
    ),
    Check(
        "a recharge from a bank line is that of exactly one credited line, or was reversed",
        """SELECT r.id AS recharge, r.customer_id AS customer, r.amount, count(b.id) AS lines
           FROM ledger_recharge r
           LEFT JOIN ledger_bankline b ON b.recharge_id = r.id AND b.status = 'matched'
           WHERE r.booked_on IS NOT NULL
           GROUP BY r.id HAVING count(b.id) <> CASE WHEN r.reversed_at IS NULL THEN 1 ELSE 0 END""",
    ),
    Check(
        "a bank line that may have been held before, or takes money back, is credited by a person or not at all",
        """SELECT id AS bank_line, reference, amount FROM ledger_bankline
           WHERE status = 'matched' AND (doubtful OR undoes OR amount < 0) AND decided_by_id IS NULL""",
    ),
)
