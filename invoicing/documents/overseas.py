"""What the structured forms of the English documents, UBL and CII, say in the same words."""

import re
from decimal import Decimal

from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.figures import english_date
from invoicing.documents.snapshot import (
    CommercialInvoiceSnapshot,
    OverseasSnapshot,
    ProformaSnapshot,
)

GUIDELINE = "urn:cen.eu:en16931:2017"
OUTSIDE_VAT = "O"
OUTSIDE_VAT_REASON = "VATEX-EU-O"
PIECE = "C62"
CREDIT_TRANSFER = "30"
RELATED_DOCUMENT = "916"
ZERO = "0.00"


def type_code(snapshot: OverseasSnapshot) -> str:
    """325 for a proforma, 380 for a commercial invoice (UNTDID 1001)."""
    return "325" if isinstance(snapshot, ProformaSnapshot) else "380"


def check_parties(snapshot: OverseasSnapshot) -> None:
    """What EN 16931 asks of the parties. Raises `InvalidSnapshot`."""
    for side, party in (("seller", snapshot.seller), ("buyer", snapshot.buyer)):
        if re.fullmatch("[A-Z]{2}", party.country) is None:
            raise InvalidSnapshot(f"The {side} needs a country of two letters.")
    if not snapshot.seller.tax_id:
        raise InvalidSnapshot("The seller needs a registration number.")


def note(snapshot: OverseasSnapshot) -> str:
    """The remarks of the whole document."""
    parts = [
        "PROFORMA INVOICE – not a tax invoice." if isinstance(snapshot, ProformaSnapshot) else "",
        "SPECIMEN from the sandbox channel." if snapshot.specimen else "",
        f"Period: {snapshot.period}" if snapshot.period else "",
        snapshot.notes,
    ]
    return "\n".join(part for part in parts if part)


def terms(snapshot: OverseasSnapshot) -> str:
    """When it is to be paid, in words."""
    own = snapshot.terms if isinstance(snapshot, CommercialInvoiceSnapshot) else ""
    return own or f"Payable until {english_date(snapshot.due_on)}"


def earlier(snapshot: OverseasSnapshot) -> str:
    """The number of the proforma before it, or ""."""
    return snapshot.proforma if isinstance(snapshot, CommercialInvoiceSnapshot) else ""


def quantity_and_price(amount: Decimal) -> tuple[str, str]:
    """One piece at its amount; a deduction is minus one piece, because prices are never negative."""
    return ("-1" if amount < 0 else "1"), str(abs(amount))
