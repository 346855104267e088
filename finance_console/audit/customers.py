"""Checks of customer accounts."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "a closed account was closed once, by somebody who is on record, at its moment",
        """SELECT c.id AS customer, c.code, count(r.id) AS records FROM accounts_customeraccount c
           LEFT JOIN accounts_auditrecord r ON r.customer_id = c.id AND r.action = 'account_closed'
            AND r.at = c.closed_at
           GROUP BY c.id HAVING count(r.id) <> CASE c.status WHEN 'closed' THEN 1 ELSE 0 END""",
    ),
)
