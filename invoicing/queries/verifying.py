"""What a stranger learns who holds the link of a document: that it was issued here, and whether it still stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from invoicing.documents import verification
from invoicing.documents.snapshot import (
    CommercialInvoiceSnapshot,
    InvoiceSnapshot,
    OverseasSnapshot,
    ProformaSnapshot,
)
from invoicing.models import CreditNote, Invoice, Proforma

Snapshot = InvoiceSnapshot | OverseasSnapshot


@dataclass(frozen=True)
class Verified:
    """The public part of a document. `credited` is what credit notes took back so far, positive."""

    number: str
    issued_on: date
    seller: str
    buyer: str
    total: Decimal
    currency: str
    credited: Decimal
    fully_credited: bool
    specimen: bool


def verified(token: str) -> Verified | None:
    """The document that `token` proves; None for a wrong token and where links are not configured."""
    key, number = settings.VERIFICATION_KEY, verification.number_in(token)
    if not settings.VERIFICATION_BASE_URL or not number or "\x00" in number:
        return None
    snapshot, credited, fully = _find(number)
    if snapshot is None or not verification.proves(token, snapshot, key):
        return None
    total = snapshot.total if isinstance(snapshot, OverseasSnapshot) else snapshot.gross
    return Verified(
        number=snapshot.number,
        issued_on=snapshot.issued_on,
        seller=snapshot.seller.name,
        buyer=verification.masked(snapshot.buyer.name),
        total=total,
        currency=snapshot.currency,
        credited=credited,
        fully_credited=fully,
        specimen=snapshot.specimen,
    )


def _find(number: str) -> tuple[Snapshot | None, Decimal, bool]:
    """The frozen document with this number, what was credited of it, and whether that is all."""
    if invoice := Invoice.objects.filter(number=number).first():
        fully = invoice.status == Invoice.Status.CREDITED
        return InvoiceSnapshot.from_json(invoice.snapshot), invoice.credited_gross, fully
    if note := CreditNote.objects.filter(number=number).first():
        return InvoiceSnapshot.from_json(note.snapshot), Decimal(0), False
    if proforma := Proforma.objects.filter(number=number).first():
        commercial = proforma.form == Proforma.Form.COMMERCIAL
        form = CommercialInvoiceSnapshot if commercial else ProformaSnapshot
        return form.from_json(proforma.snapshot), Decimal(0), False
    return None, Decimal(0), False
