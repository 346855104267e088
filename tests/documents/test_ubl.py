"""EN 16931 UBL of proforma and commercial invoice. `test_rules.py` holds it against the official rules."""

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.snapshot import OverseasSnapshot, ProformaLine
from invoicing.documents.ubl import render_ubl
from tests.documents.samples import proforma
from tests.documents.samples_overseas import SELLER, commercial

_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def _texts(snapshot: OverseasSnapshot, *path: str) -> list[str | None]:
    where = "/".join(f"{_CAC if name in _GROUPS else _CBC}{name}" for name in path)
    return [found.text for found in ElementTree.fromstring(render_ubl(snapshot)).findall(where)]


_GROUPS = {
    "AccountingSupplierParty",
    "AccountingCustomerParty",
    "AdditionalDocumentReference",
    "Country",
    "InvoiceLine",
    "LegalMonetaryTotal",
    "Party",
    "PartyLegalEntity",
    "PartyTaxScheme",
    "PostalAddress",
    "Price",
    "TaxCategory",
    "TaxSubtotal",
    "TaxTotal",
}


def test_a_proforma_is_325_and_says_that_it_is_no_tax_invoice() -> None:
    draft = proforma(seller=SELLER)
    assert _texts(draft, "InvoiceTypeCode") == ["325"]
    assert _texts(draft, "Note")[0].startswith("PROFORMA INVOICE – not a tax invoice.")
    assert _texts(draft, "AdditionalDocumentReference", "ID") == []


def test_a_commercial_invoice_is_380_and_names_its_proforma() -> None:
    assert _texts(commercial(), "InvoiceTypeCode") == ["380"]
    assert _texts(commercial(), "AdditionalDocumentReference", "ID") == ["PF-2026-000042"]


def test_figures_parties_and_dates_are_those_of_the_snapshot() -> None:
    made = commercial()
    assert _texts(made, "LegalMonetaryTotal", "PayableAmount") == ["7847.61"]
    assert _texts(made, "InvoiceLine", "LineExtensionAmount") == [
        "4612.35",
        "285.20",
        "1902.00",
        "1048.06",
    ]
    assert (_texts(made, "IssueDate"), _texts(made, "DueDate")) == (["2026-03-05"], ["2026-04-04"])
    country = ("Party", "PostalAddress", "Country", "IdentificationCode")
    assert _texts(made, "AccountingSupplierParty", *country) == ["HK"]
    assert _texts(made, "AccountingCustomerParty", *country) == ["SG"]


def test_it_is_outside_vat_and_carries_no_vat_number_of_the_seller() -> None:
    made = commercial()
    category = ("TaxTotal", "TaxSubtotal", "TaxCategory")
    assert _texts(made, *category, "ID") == ["O"]
    assert _texts(made, *category, "TaxExemptionReasonCode") == ["VATEX-EU-O"]
    assert _texts(made, "TaxTotal", "TaxAmount") == ["0.00"]
    assert b"PartyTaxScheme" not in render_ubl(made)


def test_a_deduction_is_a_negative_quantity_at_a_positive_price() -> None:
    rows = (*commercial().lines, ProformaLine("Service credit", Decimal("-47.61")))
    made = commercial(lines=rows, total=Decimal("7800.00"))
    assert _texts(made, "InvoiceLine", "InvoicedQuantity")[-1] == "-1"
    assert _texts(made, "InvoiceLine", "Price", "PriceAmount")[-1] == "47.61"


def test_the_same_snapshot_is_the_same_file() -> None:
    assert render_ubl(commercial()) == render_ubl(commercial())
    assert render_ubl(commercial()) != render_ubl(commercial(notes=""))


def test_a_party_that_the_norm_cannot_name_is_refused() -> None:
    with pytest.raises(InvalidSnapshot, match="buyer needs a country of two letters"):
        render_ubl(commercial(buyer=replace(commercial().buyer, country="Atlantis")))
    with pytest.raises(InvalidSnapshot, match="seller needs a registration number"):
        render_ubl(commercial(seller=replace(SELLER, tax_id="")))
