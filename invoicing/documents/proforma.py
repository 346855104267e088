"""The words and figures of the English documents, proforma and commercial invoice, as values for their template."""

from typing import Any

from babel import Locale

from invoicing.documents.figures import english_date, grouped
from invoicing.documents.qr import STROKE, qr_path
from invoicing.documents.snapshot import (
    CommercialInvoiceSnapshot,
    OverseasSnapshot,
    Party,
    ProformaSnapshot,
)

_PROFORMA_STATEMENT = (
    "PROFORMA INVOICE – not a tax invoice. This document states what is payable; "
    "it gives no right to deduct tax."
)
_COMMERCIAL_STATEMENT = "Services supplied from outside your country; no VAT is charged."


def proforma_context(snapshot: ProformaSnapshot) -> dict[str, Any]:
    """What `proforma.html` needs; everything is text already."""
    words = {
        "title": f"Proforma invoice {snapshot.number}",
        "heading": "PROFORMA INVOICE",
        "subtitle": "Not a tax invoice",
        "statement": _PROFORMA_STATEMENT,
    }
    return _shared(snapshot) | words


def commercial_context(snapshot: CommercialInvoiceSnapshot) -> dict[str, Any]:
    """What `commercial.html` needs; everything is text already."""
    words = {
        "title": f"Commercial invoice {snapshot.number}",
        "heading": "COMMERCIAL INVOICE",
        "proforma": snapshot.proforma,
        "terms": snapshot.terms,
        "statement": _COMMERCIAL_STATEMENT,
    }
    return _shared(snapshot) | words


def _shared(snapshot: OverseasSnapshot) -> dict[str, Any]:
    return {
        "lang": "en",
        "author": snapshot.seller.name,
        "number": snapshot.number,
        "issued_on": english_date(snapshot.issued_on),
        "due_on": english_date(snapshot.due_on),
        "period": snapshot.period,
        "seller": _party(snapshot.seller),
        "buyer": _party(snapshot.buyer),
        "currency": snapshot.currency,
        "lines": [
            {"description": line.description, "period": line.period, "amount": grouped(line.amount)}
            for line in snapshot.lines
        ],
        "periods": any(line.period for line in snapshot.lines),
        "total": grouped(snapshot.total),
        "notes": snapshot.notes,
        "specimen": snapshot.specimen,
        "logo": snapshot.logo,
        "seal": snapshot.seal,
        "verify": _code(snapshot.verify_url) if snapshot.verify_url else None,
    }


def _code(url: str) -> dict[str, Any]:
    """The QR code of the link under which the document can be checked, and the link without its scheme."""
    size, path = qr_path(url)
    shown = url.removeprefix("https://")
    return {"size": str(size), "path": path, "stroke": STROKE, "url": url, "shown": shown}


def _party(party: Party) -> dict[str, str]:
    country = Locale("en").territories.get(party.country, party.country)
    return {
        "name": party.name,
        "address": party.address,
        "country": country,
        "tax_id": party.tax_id,
        "phone": party.phone,
        "bank": party.bank,
        "bank_account": party.bank_account,
    }
