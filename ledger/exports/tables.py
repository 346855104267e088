"""What a customer can take home as CSV: the statement, orders, usage, bills. Always only its own rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import month_start, next_month
from ledger.exports.writing import Column
from ledger.models import Bill, Entry, Order, UsageRecord
from ledger.queries.books import fund_account, statement
from ledger.queries.documents import documents
from ledger.queries.listings import bills_of, orders_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What part is wanted: months ("YYYY-MM") or local days, both ends inclusive; None: from the beginning, to the end."""

    month: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """Entries, each with the number of the document it is about, read along in chunks."""

    entries: QuerySet[Entry]

    def iterator(self, chunk_size: int) -> Iterator[tuple[Entry, str]]:
        rows = self.entries.iterator(chunk_size=chunk_size)
        while chunk := list(islice(rows, chunk_size)):
            known = documents(entry.transfer for entry in chunk)
            for entry in chunk:
                document = known.get(entry.transfer_id)
                yield entry, document.number if document else ""


def statement_rows(customer: CustomerAccount, asked: Asked) -> Numbered:
    """Entries of the cash balance, newest posting first."""
    return Numbered(statement(fund_account(customer), first=asked.first, last=asked.last))


def order_rows(customer: CustomerAccount, asked: Asked) -> QuerySet[Order]:
    """Orders the customer uses or paid for, newest first; `month` is that of the payment."""
    rows = orders_of(customer).order_by("-pk")
    if asked.month is None:
        return rows
    start = month_start(asked.month, customer.tz)
    end = month_start(next_month(asked.month), customer.tz)
    return rows.filter(paid_at__gte=start, paid_at__lt=end)


def usage_rows(customer: CustomerAccount, asked: Asked) -> QuerySet[UsageRecord]:
    """Metered usage in the order it came in; `month` is the one it is billed in."""
    rows = UsageRecord.objects.filter(customer=customer).order_by("pk")
    rows = rows.filter(period=asked.month) if asked.month else rows
    return rows.select_related("product", "tax_category__entity", "bill_line__bill")


def bill_rows(customer: CustomerAccount, asked: Asked) -> QuerySet[Bill]:
    """Bills, newest first."""
    rows = bills_of(customer).order_by("-pk")
    return rows.filter(period=asked.month) if asked.month else rows


STATEMENT = (
    Column(_("Date"), lambda row: row[0].local_date),
    Column(_("Time"), lambda row: row[0].transfer.effective_at),
    Column(_("Kind"), lambda row: row[0].transfer.get_kind_display()),
    Column(_("Document"), lambda row: row[1]),
    Column(_("Amount"), lambda row: row[0].amount),
    Column(_("Balance after"), lambda row: row[0].balance_after),
    Column(_("Currency"), lambda row: row[0].currency),
)
ORDERS = (
    Column(_("Order"), lambda order: order.number),
    Column(_("Paid at"), lambda order: order.paid_at),
    Column(_("Delivered at"), lambda order: order.delivered_at),
    Column(_("Description"), lambda order: order.description),
    Column(_("Contract number"), lambda order: order.contract_number),
    Column(_("Used by"), lambda order: order.customer.name),
    Column(_("Paid by"), lambda order: order.payer.name),
    Column(_("Sold by"), lambda order: order.tax_category.entity.name),
    Column(_("Tax rate"), lambda order: order.tax_category.rate),
    Column(_("Amount"), lambda order: order.amount.amount),
    Column(_("Paid in cash"), lambda order: order.charge.cash),
    Column(_("Refunded"), lambda order: order.charge.refunded),
    Column(_("Currency"), lambda order: order.currency),
    Column(_("Status"), lambda order: order.get_status_display()),
)
USAGE = (
    Column(_("Used at"), lambda usage: usage.used_at),
    Column(_("Billed in"), lambda usage: usage.period),
    Column(_("Product"), lambda usage: usage.product.name if usage.product else ""),
    Column(_("Resource"), lambda usage: usage.resource),
    Column(_("Sold by"), lambda usage: usage.tax_category.entity.name),
    Column(_("Tax rate"), lambda usage: usage.tax_category.rate),
    Column(_("Amount, exact"), lambda usage: usage.amount.normalize()),
    Column(_("Currency"), lambda usage: usage.currency),
    Column(_("Bill"), lambda usage: usage.bill_line.bill.number if usage.bill_line else ""),
)
BILLS = (
    Column(_("Bill"), lambda bill: bill.number),
    Column(_("Month"), lambda bill: bill.period),
    Column(_("Kind"), lambda bill: bill.get_kind_display()),
    Column(_("Total"), lambda bill: bill.total.amount),
    Column(_("Currency"), lambda bill: bill.currency),
    Column(_("Status"), lambda bill: bill.get_status_display()),
    Column(_("Generated at"), lambda bill: bill.generated_at),
    Column(_("Settled at"), lambda bill: bill.settled_at),
)
EXPORTS: Mapping[str, tuple[Sequence[Column], Any]] = {
    "statement": (STATEMENT, statement_rows),
    "orders": (ORDERS, order_rows),
    "usage": (USAGE, usage_rows),
    "bills": (BILLS, bill_rows),
}
"""Per kind: its columns, and the rows of a customer for what was asked."""
