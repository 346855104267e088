"""Invoiceable items: recorded from the ledger's facts, and the one writer of their amounts."""
