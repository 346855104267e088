"""The table at the end: what is in the books and in the folders, aligned, in plain text."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Count, Sum

from accounts.models import CustomerAccount, Ticket
from invoicing.models import (
    AutoInvoicingRehearsal,
    CreditNote,
    Invoice,
    InvoiceApplication,
    InvoiceFile,
    Proforma,
)
from ledger.models import Bill, Charge, InvoicingEntity, UsageRecord

Row = Sequence[str]


def counts() -> Mapping[str, int]:
    """How many of everything there is."""
    return {
        "customers": CustomerAccount.objects.count(),
        "usage lines": UsageRecord.objects.count(),
        "charges": Charge.objects.count(),
        "bills": Bill.objects.count(),
        "  of them unsettled": Bill.objects.filter(status=Bill.Status.UNSETTLED).count(),
        "applications": InvoiceApplication.objects.count(),
        "  of them waiting": InvoiceApplication.objects.filter(status="pending_approval").count(),
        "invoices": Invoice.objects.filter(number__isnull=False).count(),
        "  of them sent on paper": Invoice.objects.exclude(shipped_at=None).count(),
        "  of them for several accounts": Invoice.objects.filter(
            number__isnull=False, application__members__len__gt=1
        ).count(),
        "  of them corrections": Invoice.objects.filter(
            number__isnull=False, application__source="reissue"
        ).count(),
        "credit notes": CreditNote.objects.count(),
        "rehearsals of auto-invoicing": AutoInvoicingRehearsal.objects.count(),
        "tickets": Ticket.objects.count(),
        "proforma invoices": Proforma.objects.count(),
        "files": InvoiceFile.objects.count() + Proforma.objects.count(),
    }


def lines(seconds: Mapping[str, float]) -> list[str]:
    """The whole summary. `seconds`: time per step, empty when nothing was loaded."""
    printed = [
        *_table([("", "number"), *((name, f"{count:,}") for name, count in counts().items())])
    ]
    printed += ["", *_table(_documents())]
    if seconds:
        times = [(name, f"{spent:.1f}") for name, spent in seconds.items()]
        times.append(("total", f"{sum(seconds.values()):.1f}"))
        printed += ["", *_table([("step", "seconds"), *times])]
    return printed


def _documents() -> list[Row]:
    names = dict(InvoicingEntity.objects.values_list("pk", "name"))
    issued = Invoice.objects.filter(number__isnull=False).order_by("entity", "currency")
    per_entity = issued.values_list("entity", "currency").annotate(
        Count("pk"), Sum("net"), Sum("tax"), Sum("gross")
    )
    rows: list[Row] = [("invoicing entity", "currency", "documents", "net", "tax", "gross")]
    rows += [(names[entity], *_figures(row)) for entity, *row in per_entity]
    whole = (
        issued.order_by("currency")
        .values_list("currency")
        .annotate(Count("pk"), Sum("net"), Sum("tax"), Sum("gross"))
    )
    rows += [("all invoices", *_figures(row)) for row in whole]
    notes = CreditNote.objects.order_by("currency").values_list("currency")
    rows += [
        ("credit notes", *_figures(row))
        for row in notes.annotate(Count("pk"), Sum("net"), Sum("tax"), Sum("gross"))
    ]
    proformas = Proforma.objects.order_by("entity", "currency").values_list("entity", "currency")
    rows += [
        (f"{names[entity]} (proforma)", currency, str(count), "", "", f"{total:,.2f}")
        for entity, currency, count, total in proformas.annotate(Count("pk"), Sum("total"))
    ]
    return rows


def _figures(row: Sequence[str | int | Decimal]) -> Row:
    currency, count, *amounts = row
    return str(currency), str(count), *(f"{amount:,.2f}" for amount in amounts)


def _table(rows: Iterable[Row]) -> list[str]:
    """Rows with a header: the first column to the left, the others to the right, Chinese counted double."""
    rows = list(rows)
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    written = [
        "  ".join(
            _padded(cell, width, left=n == 0)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [written[0], "  ".join("-" * width for width in widths), *written[1:]]


def _padded(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in text)
