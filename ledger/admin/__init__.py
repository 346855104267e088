"""The operators' door to the books. Facts are read-only (design 4); what staff decide calls a service."""

from ledger.admin import (
    bank,
    bills,
    books,
    charges,
    controls,
    funds,
    holds,
    orders,
    payments,
    recharges,
    usage,
    withdrawals,
)

__all__ = [
    "bank",
    "bills",
    "books",
    "charges",
    "controls",
    "funds",
    "holds",
    "orders",
    "payments",
    "recharges",
    "usage",
    "withdrawals",
]
