"""Do the demo's totals tie to the ledger? Every pair here is two ways to the same amount; `check` compares them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from invoicing.documents.files import FORMATS
from invoicing.models import CreditNote, Invoice, InvoiceableItem, InvoiceFile, Proforma
from invoicing.services.issuing.filing import read
from ledger.models import (
    Bill,
    BillLine,
    Charge,
    LedgerAccount,
    Order,
    Recharge,
    Refund,
    UsageBatch,
    UsageRecord,
)

Totals = Mapping[tuple[Any, ...], Decimal]
Bucket = LedgerAccount.Bucket


class DoesNotTie(RuntimeError):
    """Two ways to the same amount differ; the message is one sentence."""


def check() -> int:
    """Compare every pair; returns how many tie. Raises DoesNotTie at the first that does not."""
    done = 0
    for what, paired, other in _pairs():
        for key in {*paired, *other}:
            left, right = paired.get(key, Decimal(0)), other.get(key, Decimal(0))
            if left != right:
                raise DoesNotTie(f"{what} do not tie for {key}: {left} and {right}.")
        done += 1
    _check_files()
    return done + 1


def _pairs() -> Iterator[tuple[str, Totals, Totals]]:
    issued = Invoice.objects.filter(number__isnull=False)
    charges = Charge.objects.all()
    items = InvoiceableItem.objects.all()
    settled = BillLine.objects.filter(bill__status=Bill.Status.SETTLED)
    by_entity = ("tax_category__entity", "currency")
    yield (
        "Issued invoices less what was credited and invoiced items",
        _sums(issued.annotate(left=F("gross") - F("credited_gross")), "left", "entity", "currency"),
        _sums(items, "invoiced", "entity", "currency"),
    )
    yield (
        "Lines of issued invoices and their heads",
        _sums(issued, "lines__gross", "entity", "currency"),
        _sums(issued, "gross", "entity", "currency"),
    )
    yield (
        "Credit notes and what their invoices say was credited",
        _sums(CreditNote.objects.annotate(taken=-F("gross")), "taken", "entity", "currency"),
        _sums(issued, "credited_gross", "entity", "currency"),
    )
    yield (
        "Charges and items",
        _sums(charges, "cash", *by_entity),
        _sums(items, "cash", "entity", "currency"),
    )
    yield (
        "Charges and their funding",
        _sums(charges, "amount", "currency"),
        _sums(charges, "funding__amount", "currency"),
    )
    yield (
        "Revenue in the books (also deferred, and owed to providers) and charges",
        _sums(_accounts(*LedgerAccount.SPENT), "balance", "entity", "currency"),
        _revenue(),
    )
    yield (
        "Cash in the books and what was paid in and out",
        _sums(_accounts(Bucket.CASH, Bucket.FROZEN), "balance", "currency"),
        _cash(),
    )
    yield (
        "Settled bills and their charges",
        _sums(settled, "payable", "bill__currency"),
        _sums(charges.exclude(bill_line=None), "amount", "currency"),
    )
    yield (
        "Bills and their lines",
        _sums(Bill.objects.all(), "total", "currency"),
        _sums(BillLine.objects.all(), "payable", "bill__currency"),
    )
    yield (
        "Billed usage and bill lines",
        _sums(UsageRecord.objects.exclude(bill_line=None), "amount", "currency"),
        _sums(BillLine.objects.filter(bill__kind=Bill.Kind.MONTHLY), "exact", "bill__currency"),
    )
    yield (
        "Imported files and their usage",
        _sums(UsageBatch.objects.all(), "total", "pk"),
        _sums(UsageRecord.objects.exclude(batch=None), "amount", "batch"),
    )
    yield (
        "Proforma invoices and the bills overseas",
        _sums(Proforma.objects.all(), "total", "currency"),
        _sums(Bill.objects.exclude(customer__region="CN"), "total", "currency"),
    )


def _accounts(*buckets: str) -> QuerySet[LedgerAccount]:
    return LedgerAccount.objects.filter(bucket__in=buckets)


def _sums(rows: QuerySet[Any], field: str, *keys: str) -> dict[tuple[Any, ...], Decimal]:
    grouped = rows.order_by().values_list(*keys).annotate(sum_=Sum(field))
    return {tuple(row[:-1]): row[-1] for row in grouped if row[-1]}


def _revenue() -> Totals:
    """Charges, less those of failed orders, less refunds of the others."""
    lasting = Charge.objects.exclude(order__status=Order.Status.FAILED)
    revenue: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    revenue.update(_sums(lasting, "amount", "tax_category__entity", "currency"))
    for key, amount in _sums(lasting, "refunded", "tax_category__entity", "currency").items():
        revenue[key] -= amount
    return revenue


def _cash() -> Totals:
    cash: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    cash.update(_sums(Recharge.objects.all(), "amount", "currency"))
    spent = Charge.objects.annotate(kept=F("cash") - F("refunded"))
    for key, amount in _sums(spent, "kept", "currency").items():
        cash[key] -= amount
    refunds = _sums(Refund.objects.all(), "amount", "charge__currency")
    if refunds != _sums(Charge.objects.all(), "refunded", "currency"):
        raise DoesNotTie("Refunds and refunded charges do not tie.")
    return cash


def _check_files() -> None:
    """Every issued invoice and credit note has its files, and every file is what its row says."""
    for documents in (Invoice.objects.filter(number__isnull=False), CreditNote.objects.all()):
        made = documents.annotate(made=Count("files"))
        if bare := made.exclude(made=len(FORMATS)).first():
            raise DoesNotTie(f"The document {bare.number} has {bare.made} files.")
    rows = [*InvoiceFile.objects.values_list("sha256", "size", "format")]
    rows += [(*row, "pdf") for row in Proforma.objects.values_list("sha256", "size")]
    for sha256, size, extension in rows:
        content = read(sha256, extension)
        if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
            raise DoesNotTie(f"The file {sha256} is not what was filed.")
