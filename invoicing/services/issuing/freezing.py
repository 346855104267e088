"""Freezing what is printed: the snapshot that renderers see, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from django.conf import settings

from finance_console.kernel.money import ZERO
from invoicing.documents.snapshot import InvoiceSnapshot, Kind, Medium, Party, SnapshotLine
from invoicing.documents.verification import Snapshot, linked
from invoicing.domain.crediting import LineCredit
from invoicing.domain.remarks import on_invoice
from invoicing.domain.title_rules import PARTY_FIELDS
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from ledger.models import InvoicingEntity

AUTOMATIC_DRAWER = "系统"
MODELS = {InvoiceApplication.Model.BLANK: "", InvoiceApplication.Model.NONE: "无"}
"""What the model column of every line says, in Chinese whatever the page speaks (A43, SC-44)."""


def freeze_credit(
    request: CreditRequest,
    invoice: Invoice,
    parts: Sequence[LineCredit],
    number: str,
    on: date,
) -> InvoiceSnapshot:
    """Everything on the face of a credit note: the original's frozen content with negative lines.

    `parts` are in the order of the original's lines; lines that are not credited are left out.
    """
    original = InvoiceSnapshot.from_json(invoice.snapshot)
    rows = dict(
        zip(
            invoice.lines.order_by("position").values_list("pk", flat=True),
            original.lines,
            strict=True,
        )
    )
    lines = tuple(
        replace(
            rows[part.line_id],
            net=-part.net,
            tax=-part.tax,
            gross=-part.gross,
            quantity=None,
            unit_price=None,
        )
        for part in parts
    )
    return with_link(
        replace(
            original,
            number=number,
            issued_on=on,
            lines=lines,
            net=sum((line.net for line in lines), ZERO),
            tax=sum((line.tax for line in lines), ZERO),
            gross=sum((line.gross for line in lines), ZERO),
            remarks="",
            credit_of=original.number,
            red_confirmation=request.form_number or None,
        )
    )


def with_link(snapshot: Snapshot) -> Snapshot:
    """The snapshot with its verification link, where the deployment has an address for it."""
    return linked(snapshot, base_url=settings.VERIFICATION_BASE_URL, key=settings.VERIFICATION_KEY)


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
    return with_link(
        InvoiceSnapshot(
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
                    model=MODELS[InvoiceApplication.Model(application.model)],
                )
                for line in invoice.lines.order_by("position")
            ),
            net=invoice.net.amount,
            tax=invoice.tax.amount,
            gross=invoice.gross.amount,
            currency=invoice.gross.currency.code,
            remarks=on_invoice(application.remarks, invoice.period),
            drawer=(reviewer.get_full_name() if reviewer else "") or AUTOMATIC_DRAWER,
            specimen=specimen,
        )
    )
