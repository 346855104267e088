"""The operators' door to the books. All facts: read-only (design 4)."""

from ledger.admin import bills, books, charges, orders, usage

__all__ = ["bills", "books", "charges", "orders", "usage"]
