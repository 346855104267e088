"""Where the money is: books, catalogue, orders, usage, bills, charges."""

from ledger.models.books import Entry, LedgerAccount, Transfer
from ledger.models.catalogue import InvoicingEntity, Product, TaxCategory
from ledger.models.charges import Charge, ChargeFunding, Refund
from ledger.models.orders import Order, Recharge
from ledger.models.usage import Bill, BillLine, UsageBatch, UsageRecord

__all__ = [
    "Bill",
    "BillLine",
    "Charge",
    "ChargeFunding",
    "Entry",
    "InvoicingEntity",
    "LedgerAccount",
    "Order",
    "Product",
    "Recharge",
    "Refund",
    "TaxCategory",
    "Transfer",
    "UsageBatch",
    "UsageRecord",
]
