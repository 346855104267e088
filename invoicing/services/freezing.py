"""Freezing what is printed: the snapshot that renderers see, and nothing else."""

from datetime import date
from typing import cast

from invoicing.documents.snapshot import InvoiceSnapshot, Kind, Medium, Party, SnapshotLine
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services.asking import PARTY_FIELDS
from ledger.models import InvoicingEntity

AUTOMATIC_DRAWER = "系统"


def seller(entity: InvoicingEntity) -> Party:
    """The entity's name block as printed."""
    return Party(
        **{field: getattr(entity, field) for field in PARTY_FIELDS}, country=entity.country
    )


def freeze(
    invoice: Invoice, application: InvoiceApplication, number: str, on: date, *, specimen: bool
) -> InvoiceSnapshot:
    """Everything on the face of `invoice`, with its number and date (B46: the date of issue)."""
    reviewer = application.decided_by
    return InvoiceSnapshot(
        number=number,
        kind=cast(Kind, invoice.kind),
        medium=cast(Medium, invoice.medium),
        issued_on=on,
        seller=seller(invoice.entity),
        buyer=Party(**{field: application.buyer[field] for field in PARTY_FIELDS}),
        lines=tuple(
            SnapshotLine(
                content=line.content,
                tax_code=line.tax_code,
                short_name=line.short_name,
                net=line.net,
                rate=line.rate,
                tax=line.tax,
                gross=line.gross,
            )
            for line in invoice.lines.order_by("position")
        ),
        net=invoice.net.amount,
        tax=invoice.tax.amount,
        gross=invoice.gross.amount,
        currency=invoice.gross.currency.code,
        remarks=invoice.period
        if invoice.period and not application.remarks
        else application.remarks,
        drawer=(reviewer.get_full_name() if reviewer else "") or AUTOMATIC_DRAWER,
        specimen=specimen,
    )
