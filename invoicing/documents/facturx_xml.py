"""The commercial invoice as EN 16931 in CII, the XML inside a Factur-X file."""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from invoicing.documents import overseas
from invoicing.documents.overseas import ZERO
from invoicing.documents.snapshot import CommercialInvoiceSnapshot, Party, ProformaLine
from invoicing.documents.xml_building import document, maybe
from invoicing.documents.xml_building import element as e

_UNECE = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = {
    "rsm": f"{_UNECE}:CrossIndustryInvoice:100",
    "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UNECE}:UnqualifiedDataType:100",
}


def render_cii(snapshot: CommercialInvoiceSnapshot) -> bytes:
    """The invoice as EN 16931 in CII. Raises `InvalidSnapshot` as `ubl.render_ubl`."""
    overseas.check_parties(snapshot)
    note = overseas.note(snapshot)
    root = e(
        "rsm:CrossIndustryInvoice",
        e(
            "rsm:ExchangedDocumentContext",
            e(
                "ram:GuidelineSpecifiedDocumentContextParameter",
                e("ram:ID", overseas.GUIDELINE),
            ),
        ),
        e(
            "rsm:ExchangedDocument",
            e("ram:ID", snapshot.number),
            e("ram:TypeCode", overseas.type_code(snapshot)),
            e("ram:IssueDateTime", _day(snapshot.issued_on)),
            e("ram:IncludedNote", e("ram:Content", note)) if note else None,
        ),
        e(
            "rsm:SupplyChainTradeTransaction",
            *(_line(i, line) for i, line in enumerate(snapshot.lines, 1)),
            _agreement(snapshot),
            _delivery(snapshot.buyer),
            _settlement(snapshot),
        ),
    )
    return document(root, _NAMESPACES)


def _line(position: int, line: ProformaLine) -> Element:
    quantity, price = overseas.quantity_and_price(line.amount)
    note = e("ram:IncludedNote", e("ram:Content", line.period)) if line.period else None
    return e(
        "ram:IncludedSupplyChainTradeLineItem",
        e("ram:AssociatedDocumentLineDocument", e("ram:LineID", str(position)), note),
        e("ram:SpecifiedTradeProduct", e("ram:Name", line.description)),
        e(
            "ram:SpecifiedLineTradeAgreement",
            e("ram:NetPriceProductTradePrice", e("ram:ChargeAmount", price)),
        ),
        e(
            "ram:SpecifiedLineTradeDelivery",
            e("ram:BilledQuantity", quantity, unitCode=overseas.PIECE),
        ),
        e(
            "ram:SpecifiedLineTradeSettlement",
            e(
                "ram:ApplicableTradeTax",
                e("ram:TypeCode", "VAT"),
                e("ram:CategoryCode", overseas.OUTSIDE_VAT),
            ),
            e(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                _amount("LineTotalAmount", line.amount),
            ),
        ),
    )


def _agreement(snapshot: CommercialInvoiceSnapshot) -> Element:
    earlier = overseas.earlier(snapshot)
    reference = e(
        "ram:AdditionalReferencedDocument",
        maybe("ram:IssuerAssignedID", earlier),
        e("ram:TypeCode", overseas.RELATED_DOCUMENT),
        e("ram:Name", "Proforma invoice"),
    )
    return e(
        "ram:ApplicableHeaderTradeAgreement",
        _party("Seller", snapshot.seller),
        _party("Buyer", snapshot.buyer),
        reference if earlier else None,
    )


def _party(side: str, party: Party) -> Element:
    identified = e("ram:SpecifiedLegalOrganization", maybe("ram:ID", party.tax_id))
    phone = e("ram:TelephoneUniversalCommunication", e("ram:CompleteNumber", party.phone))
    return e(
        f"ram:{side}TradeParty",
        e("ram:Name", party.name),
        identified if party.tax_id else None,
        e("ram:DefinedTradeContact", phone) if party.phone else None,
        e(
            "ram:PostalTradeAddress",
            maybe("ram:LineOne", party.address),
            e("ram:CountryID", party.country),
        ),
    )


def _delivery(buyer: Party) -> Element:
    """The element must be there and must not be empty: the services go to the buyer."""
    where = e("ram:PostalTradeAddress", e("ram:CountryID", buyer.country))
    return e(
        "ram:ApplicableHeaderTradeDelivery",
        e("ram:ShipToTradeParty", e("ram:Name", buyer.name), where),
    )


def _settlement(snapshot: CommercialInvoiceSnapshot) -> Element:
    account = e(
        "ram:PayeePartyCreditorFinancialAccount",
        e("ram:AccountName", snapshot.seller.name),
        maybe("ram:ProprietaryID", snapshot.seller.bank_account),
    )
    means = e(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        e("ram:TypeCode", overseas.CREDIT_TRANSFER),
        account,
    )
    return e(
        "ram:ApplicableHeaderTradeSettlement",
        e("ram:PaymentReference", snapshot.number),
        e("ram:InvoiceCurrencyCode", snapshot.currency),
        means if snapshot.seller.bank_account else None,
        e(
            "ram:ApplicableTradeTax",
            _amount("CalculatedAmount", ZERO),
            e("ram:TypeCode", "VAT"),
            _amount("BasisAmount", snapshot.total),
            e("ram:CategoryCode", overseas.OUTSIDE_VAT),
            e("ram:ExemptionReasonCode", overseas.OUTSIDE_VAT_REASON),
        ),
        e(
            "ram:SpecifiedTradePaymentTerms",
            e("ram:Description", overseas.terms(snapshot)),
            e("ram:DueDateDateTime", _day(snapshot.due_on)),
        ),
        e(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _amount("LineTotalAmount", snapshot.total),
            _amount("TaxBasisTotalAmount", snapshot.total),
            e("ram:TaxTotalAmount", ZERO, currencyID=snapshot.currency),
            _amount("GrandTotalAmount", snapshot.total),
            _amount("DuePayableAmount", snapshot.total),
        ),
    )


def _amount(name: str, value: Decimal | str) -> Element:
    return e(f"ram:{name}", str(value))


def _day(day: date) -> Element:
    return e("udt:DateTimeString", day.strftime("%Y%m%d"), format="102")
