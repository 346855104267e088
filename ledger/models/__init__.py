"""Where the money is: books, catalogue, money in and out, orders, usage, bills, charges."""

from ledger.models.bank import BankFormat, BankLine, BankStatement, DedicatedAccount
from ledger.models.books import Entry, LedgerAccount, PeriodLock, Transfer
from ledger.models.catalogue import InvoicingEntity, Product, ProductRoute, TaxCategory
from ledger.models.charges import Charge, ChargeFunding, Refund
from ledger.models.control import Adjustment, Reconciliation
from ledger.models.funds import ActivationCode, Lot, LotUse
from ledger.models.orders import Order, Recharge
from ledger.models.payments import Payment, PaymentEvent
from ledger.models.usage import Bill, BillLine, UsageBatch, UsageRecord, UsageSource
from ledger.models.withdrawals import Hold, MemberTransfer, Withdrawal

__all__ = [
    "ActivationCode",
    "Adjustment",
    "BankFormat",
    "BankLine",
    "BankStatement",
    "Bill",
    "BillLine",
    "Charge",
    "ChargeFunding",
    "DedicatedAccount",
    "Entry",
    "Hold",
    "InvoicingEntity",
    "LedgerAccount",
    "Lot",
    "LotUse",
    "MemberTransfer",
    "Order",
    "Payment",
    "PaymentEvent",
    "PeriodLock",
    "Product",
    "ProductRoute",
    "Recharge",
    "Reconciliation",
    "Refund",
    "TaxCategory",
    "Transfer",
    "UsageBatch",
    "UsageRecord",
    "UsageSource",
    "Withdrawal",
]
