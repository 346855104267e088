"""What a proforma or a commercial invoice says: frozen from a sale, one per selling company, and rendered."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import minor_unit
from invoicing.documents import pdf, png
from invoicing.documents.facturx import render_facturx
from invoicing.documents.snapshot import (
    CommercialInvoiceSnapshot,
    OverseasSnapshot,
    Party,
    ProformaLine,
    ProformaSnapshot,
)
from invoicing.documents.ubl import render_ubl
from invoicing.models import Proforma
from invoicing.services.issuing.filing import FileLost, read, signed, store
from invoicing.services.issuing.freezing import seller, with_link
from invoicing.services.overseas.sales import Sale
from ledger.models import InvoicingEntity

DUE_DAYS = 30
PREFIXES = {Proforma.Form.PROFORMA: "PF", Proforma.Form.COMMERCIAL: "CI"}


@dataclass(frozen=True, slots=True)
class Draft:
    """One document of a sale: who sells, what is frozen, its PDF."""

    entity: InvoicingEntity
    snapshot: OverseasSnapshot
    content: bytes


def drafts(sale: Sale, form: str, at: datetime) -> Iterator[Draft]:
    """The documents of a sale, one per selling company; amounts in its currency.

    Raises `below_minimum` for a sale of nothing.
    """
    if not sale.lines:
        raise DomainError("below_minimum", minimum=minor_unit(sale.currency))
    for entity, lines in sale.lines.items():
        yield _draft(sale, entity, lines, form, at)


def _draft(
    sale: Sale, entity: InvoicingEntity, lines: list[tuple[str, Decimal]], form: str, at: datetime
) -> Draft:
    said = _said(sale, entity, lines, form, at)
    if form == Proforma.Form.PROFORMA:
        proforma = with_link(ProformaSnapshot(**said))
        return Draft(entity, proforma, _rendered(proforma, at))
    earlier = Proforma.objects.filter(**sale.key, entity=entity, form=Proforma.Form.PROFORMA)
    commercial = with_link(
        CommercialInvoiceSnapshot(
            **said,
            proforma=earlier.values_list("number", flat=True).first() or "",
        )
    )
    return Draft(entity, commercial, _rendered(commercial, at))


def _rendered(snapshot: OverseasSnapshot, at: datetime) -> bytes:
    """The PDF, signed where the deployment has a key; a commercial invoice carries its data (Factur-X)."""
    if isinstance(snapshot, CommercialInvoiceSnapshot):
        return signed(render_facturx(snapshot), at)
    assert isinstance(snapshot, ProformaSnapshot), "there are two forms"
    return signed(pdf.render_proforma(snapshot), at)


def frozen(proforma: Proforma) -> OverseasSnapshot:
    """The frozen content of a proforma or a commercial invoice."""
    if proforma.form == Proforma.Form.COMMERCIAL:
        return CommercialInvoiceSnapshot.from_json(proforma.snapshot)
    return ProformaSnapshot.from_json(proforma.snapshot)


def pdf_of(proforma: Proforma) -> bytes:
    """The stored PDF, made again from the frozen content when its bytes are lost.

    Raises `FileLost` when that gives other bytes: what was handed out is never replaced.
    """
    try:
        return read(proforma.sha256)
    except FileNotFoundError:
        made = _rendered(frozen(proforma), proforma.issued_at)
        if hashlib.sha256(made).hexdigest() != proforma.sha256:
            raise FileLost(str(proforma), proforma.sha256) from None
        store(made)
        return made


def ubl_of(proforma: Proforma) -> bytes:
    """The same content as EN 16931 UBL. Raises `InvalidSnapshot` for a seller without a registration number."""
    return render_ubl(frozen(proforma))


def _said(
    sale: Sale, entity: InvoicingEntity, lines: list[tuple[str, Decimal]], form: str, at: datetime
) -> dict[str, Any]:
    """What both forms share."""
    customer = sale.customer
    today = at.astimezone(customer.tz).date()
    certified = customer.certifications.order_by("-version").first()
    address = customer.addresses.order_by("-is_default", "pk").first()
    prefix = PREFIXES[Proforma.Form(form)]
    return {
        "number": f"{prefix}-{sale.period.replace('-', '')}-{sale.mark}-{entity.pk}",
        "issued_on": today,
        "due_on": today + timedelta(days=DUE_DAYS),
        "seller": seller(entity),
        "buyer": Party(
            name=certified.name if certified else customer.name,
            tax_id=certified.tax_id if certified else "",
            address=address.line if address else "",
            country=customer.region,
        ),
        "period": sale.period,
        "lines": tuple(
            ProformaLine(description=words, amount=amount, period=sale.period)
            for words, amount in lines
        ),
        "total": sum((amount for _words, amount in lines), Decimal(0)),
        "currency": sale.currency,
        "logo": png.encode(bytes(entity.logo)),
        "seal": png.encode(bytes(entity.seal)),
    }
