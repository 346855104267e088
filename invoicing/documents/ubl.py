"""Proforma and commercial invoice as EN 16931 in UBL 2.1: outside VAT, so without a seller's VAT number."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from invoicing.documents import overseas
from invoicing.documents.overseas import ZERO
from invoicing.documents.snapshot import OverseasSnapshot, Party, ProformaLine
from invoicing.documents.xml_building import document, maybe
from invoicing.documents.xml_building import element as e

_NAMESPACES = {
    "": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def render_ubl(snapshot: OverseasSnapshot) -> bytes:
    """The UBL of a proforma (type 325) or a commercial invoice (type 380); the same snapshot gives the same bytes.

    Raises `InvalidSnapshot` for a seller without a registration number or a party without a country code.
    """
    overseas.check_parties(snapshot)
    earlier = overseas.earlier(snapshot)
    root = e(
        "Invoice",
        e("cbc:CustomizationID", overseas.GUIDELINE),
        e("cbc:ID", snapshot.number),
        e("cbc:IssueDate", snapshot.issued_on.isoformat()),
        e("cbc:DueDate", snapshot.due_on.isoformat()),
        e("cbc:InvoiceTypeCode", overseas.type_code(snapshot)),
        maybe("cbc:Note", overseas.note(snapshot)),
        e("cbc:DocumentCurrencyCode", snapshot.currency),
        _reference(earlier) if earlier else None,
        e("cac:AccountingSupplierParty", _party(snapshot.seller)),
        e("cac:AccountingCustomerParty", _party(snapshot.buyer)),
        _payment(snapshot) if snapshot.seller.bank_account else None,
        e("cac:PaymentTerms", e("cbc:Note", overseas.terms(snapshot))),
        _tax(snapshot),
        _total(snapshot),
        *(_line(i, line, snapshot.currency) for i, line in enumerate(snapshot.lines, 1)),
    )
    return document(root, _NAMESPACES)


def _reference(number: str) -> Element:
    return e(
        "cac:AdditionalDocumentReference",
        e("cbc:ID", number),
        e("cbc:DocumentDescription", "Proforma invoice"),
    )


def _party(party: Party) -> Element:
    return e(
        "cac:Party",
        e(
            "cac:PostalAddress",
            maybe("cbc:StreetName", party.address),
            e("cac:Country", e("cbc:IdentificationCode", party.country)),
        ),
        e(
            "cac:PartyLegalEntity",
            e("cbc:RegistrationName", party.name),
            maybe("cbc:CompanyID", party.tax_id),
        ),
        e("cac:Contact", e("cbc:Telephone", party.phone)) if party.phone else None,
    )


def _payment(snapshot: OverseasSnapshot) -> Element:
    return e(
        "cac:PaymentMeans",
        e("cbc:PaymentMeansCode", overseas.CREDIT_TRANSFER),
        e("cbc:PaymentID", snapshot.number),
        e(
            "cac:PayeeFinancialAccount",
            e("cbc:ID", snapshot.seller.bank_account),
            e("cbc:Name", snapshot.seller.name),
        ),
    )


def _tax(snapshot: OverseasSnapshot) -> Element:
    category = e(
        "cac:TaxCategory",
        e("cbc:ID", overseas.OUTSIDE_VAT),
        e("cbc:TaxExemptionReasonCode", overseas.OUTSIDE_VAT_REASON),
        e("cac:TaxScheme", e("cbc:ID", "VAT")),
    )
    return e(
        "cac:TaxTotal",
        _amount("TaxAmount", ZERO, snapshot.currency),
        e(
            "cac:TaxSubtotal",
            _amount("TaxableAmount", snapshot.total, snapshot.currency),
            _amount("TaxAmount", ZERO, snapshot.currency),
            category,
        ),
    )


def _total(snapshot: OverseasSnapshot) -> Element:
    names = ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    return e(
        "cac:LegalMonetaryTotal",
        *(_amount(name, snapshot.total, snapshot.currency) for name in names),
    )


def _line(position: int, line: ProformaLine, currency: str) -> Element:
    quantity, price = overseas.quantity_and_price(line.amount)
    category = e(
        "cac:ClassifiedTaxCategory",
        e("cbc:ID", overseas.OUTSIDE_VAT),
        e("cac:TaxScheme", e("cbc:ID", "VAT")),
    )
    return e(
        "cac:InvoiceLine",
        e("cbc:ID", str(position)),
        maybe("cbc:Note", line.period),
        e("cbc:InvoicedQuantity", quantity, unitCode=overseas.PIECE),
        _amount("LineExtensionAmount", line.amount, currency),
        e("cac:Item", e("cbc:Name", line.description), category),
        e("cac:Price", _amount("PriceAmount", price, currency)),
    )


def _amount(name: str, value: Decimal | str, currency: str) -> Element:
    return e(f"cbc:{name}", str(value), currencyID=currency)
