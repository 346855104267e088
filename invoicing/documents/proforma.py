"""The words and figures of the English proforma, as values for its template."""

from typing import Any

from babel import Locale

from invoicing.documents.figures import english_date, grouped
from invoicing.documents.snapshot import Party, ProformaSnapshot

TITLE = "PROFORMA INVOICE"
SUBTITLE = "Not a tax invoice"


def proforma_context(snapshot: ProformaSnapshot) -> dict[str, Any]:
    """What `proforma.html` needs; everything is text already."""
    return {
        "lang": "en",
        "title": f"Proforma invoice {snapshot.number}",
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
    }


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
