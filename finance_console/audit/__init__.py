"""The audit: every invariant proven from the rows themselves.

Each check is a query that must return no row. All run in one read-only REPEATABLE READ snapshot,
so the audit is safe beside live traffic.
"""

from finance_console.audit.run import Result, run_audit

__all__ = ["Result", "run_audit"]
