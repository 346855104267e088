"""The EInvoice XML: written, read back by full path, the same figures, the same bytes."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.documents.xml import as_filed, render_einvoice
from invoicing.documents.xml_import import import_invoice
from invoicing.documents.xml_reading import read_einvoice
from invoicing.documents.xml_safe import InvalidDocument
from tests.documents.generated import invoices
from tests.documents.samples import invoice, line


def _text(content: bytes, path: str) -> str | None:
    return ElementTree.fromstring(content).findtext(path)


@settings(
    max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(invoices())
def test_what_is_read_back_is_what_was_printed(snapshot: InvoiceSnapshot) -> None:  # B47
    content = render_einvoice(snapshot)
    read = read_einvoice(content)
    assert read == as_filed(snapshot)
    assert read.printed_remarks == snapshot.printed_remarks
    assert render_einvoice(read) == content
    imported = import_invoice(content)
    assert (imported.number, imported.net, imported.tax, imported.gross) == (
        snapshot.number,
        snapshot.net,
        snapshot.tax,
        snapshot.gross,
    )
    assert len(imported.lines) == len(snapshot.lines)


def test_a_blue_invoice_has_the_tree_of_a_real_one() -> None:
    content = render_einvoice(invoice())
    root = ElementTree.fromstring(content)
    assert content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<EInvoice>")
    assert [child.tag for child in root] == [
        "Header",
        "EInvoiceData",
        "SellerAuthentication",
        "TaxSupervisionInfo",
    ]
    assert [child.tag for child in root.find("EInvoiceData") or ()] == [
        "SellerInformation",
        "BuyerInformation",
        "BasicInformation",
        "IssuItemInformation",
        "IssuItemInformation",
        "IssuItemInformation",
        "SpecificInformation",
        "AdditionalInformation",
    ]
    expected = {
        "Header/EIid": "26991000000000000042",
        "Header/EInvoiceTag": "SWEI9900",
        "Header/Version": "0.32",
        "Header/InherentLabel/InIssuType/LabelCode": "Y",
        "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode": "01",
        "Header/InherentLabel/GeneralOrSpecialVAT/LabelName": "增值税专用发票",
        "EInvoiceData/SellerInformation/SellerIdNum": "91110108MA0EXAMP19",
        "EInvoiceData/BuyerInformation/BuyerName": "青岛海棠示例数据服务有限公司",
        "EInvoiceData/BasicInformation/TotalAmWithoutTax": "5785.38",
        "EInvoiceData/BasicInformation/TotalTaxAm": "347.12",
        "EInvoiceData/BasicInformation/TotalTax-includedAmount": "6132.50",
        "EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese": "陆仟壹佰叁拾贰圆伍角整",
        "EInvoiceData/BasicInformation/RequestTime": "2026-03-05 00:00:00",
        "EInvoiceData/IssuItemInformation/ItemName": "*信息技术服务*云服务器",
        "EInvoiceData/IssuItemInformation/UnPrice": "4197.17",
        "EInvoiceData/IssuItemInformation/TaxRate": "0.06",
        "EInvoiceData/IssuItemInformation/TotaltaxIncludedAmount": "4449.00",
        "EInvoiceData/IssuItemInformation/TaxClassificationCode": "3040201030000000000",
        "SellerAuthentication/AuthenticationMethods": "01",
        "TaxSupervisionInfo/InvoiceNumber": "26991000000000000042",
        "TaxSupervisionInfo/TaxBureauCode": "19900000000",
    }
    assert {path: _text(content, path) for path in expected} == expected
    assert len(root.find("EInvoiceData/SpecificInformation") or ()) == 0


def test_a_red_invoice_names_its_original_its_confirmation_and_is_negative() -> None:
    red = invoice(
        line("云服务器", "-500", quantity=Decimal(-1)),
        credit_of="26991000000000000007",
        red_confirmation="44030726051001117191",
        remarks="协商退款",
    )
    content = render_einvoice(red)
    path = "EInvoiceData/SpecificInformation/RedEInvoice"
    assert _text(content, "Header/InherentLabel/InIssuType/LabelCode") == "N"
    assert _text(content, f"{path}/OriginalInvoiceCode") == "26991000000000000007"
    assert _text(content, f"{path}/CreditNoteNumber") == "44030726051001117191"
    basics = "EInvoiceData/BasicInformation"
    assert _text(content, f"{basics}/TotalTax-includedAmount") == "-500.00"
    assert _text(content, f"{basics}/TotalTax-includedAmountInChinese") == "（负数）伍佰圆整"
    assert _text(content, "EInvoiceData/AdditionalInformation/Remark") == (
        "被红冲蓝字数电票号码：26991000000000000007 红字发票信息确认单编号：44030726051001117191\n协商退款"
    )
    assert import_invoice(content).credit_of == "26991000000000000007"


def test_a_sandbox_file_says_so_and_nothing_is_signed() -> None:
    specimen, real = render_einvoice(invoice()), render_einvoice(invoice(specimen=False))
    assert "样张" in specimen.decode()
    assert "样张" not in real.decode()
    for content in (specimen, real):
        assert b"TaxBureauSignature" not in content
        assert import_invoice(content).signed is False
    assert import_invoice(specimen).specimen is True


def test_without_a_rate_there_is_no_tax() -> None:
    free = invoice(line("预付卡", "100", rate=None, net=Decimal(100), tax=Decimal(0)))
    content = render_einvoice(free)
    row = "EInvoiceData/IssuItemInformation"
    assert (_text(content, f"{row}/TaxRate"), _text(content, f"{row}/ComTaxAm")) == (
        "不征税",
        "***",
    )
    assert read_einvoice(content).lines[0].rate is None


def test_a_content_with_stars_is_not_taken_for_a_category() -> None:
    odd = invoice(line("*双星*牌轮胎", "100", short_name=""))
    assert read_einvoice(render_einvoice(odd)).lines[0].content == "*双星*牌轮胎"


def test_the_same_snapshot_is_the_same_file_in_another_process() -> None:
    program = (
        "import sys\n"
        "from invoicing.documents.snapshot import InvoiceSnapshot\n"
        "from invoicing.documents.xml import render_einvoice\n"
        "snapshot = InvoiceSnapshot.from_json(sys.stdin.buffer.read().decode())\n"
        "sys.stdout.buffer.write(render_einvoice(snapshot))\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", program],
        input=invoice().to_json().encode(),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"},
    ).stdout
    assert there == render_einvoice(invoice())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("6132.50", "6132.51", "gross of the lines sums to 6132.50"),
        ("陆仟壹佰叁拾贰圆伍角整", "柒仟圆整", "amount in words"),
        ("<EIid>26991", "<EIid>26992", "number of the file contradicts"),
        ("2026-03-05 00", "2026-03-06 00", "date of the file contradicts"),
        (
            "<InIssuType>\n        <LabelCode>Y",
            "<InIssuType>\n        <LabelCode>N",
            "sign of the file contradicts",
        ),
        ("<TaxRate>0.06", "<TaxRate>six", "'six' is not a number"),
        (
            "<LabelCode>01</LabelCode>\n        <LabelName>增",
            "<LabelCode>07</LabelCode>\n        <LabelName>增",
            "neither",
        ),
        ("<Drawer>", "<Drawer>x</Drawer><Drawer>", "2 elements"),
        ("<Drawer>", "<Drawer><b>x</b>", "holds elements where a text belongs"),
        ("EInvoice>", "Invoice>", "not an EInvoice"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(old: str, new: str, problem: str) -> None:
    written = render_einvoice(invoice()).decode()
    assert old in written
    with pytest.raises(InvalidDocument, match=problem):
        read_einvoice(written.replace(old, new).encode())


def test_figures_elsewhere_in_the_file_do_not_count() -> None:
    written = render_einvoice(invoice()).decode()
    noise = "<PlateNumber><InvoiceNumber>1</InvoiceNumber><TotalTaxAm>9</TotalTaxAm></PlateNumber>"
    disturbed = written.replace("<SellerAuthentication>", f"{noise}<SellerAuthentication>")
    assert disturbed != written
    assert read_einvoice(disturbed.encode()) == as_filed(invoice())


def test_the_country_and_the_link_have_no_place_in_the_form() -> None:
    abroad = invoice(
        buyer=replace(invoice().buyer, country="SG"), verify_url="https://example.com/verify/1"
    )
    assert read_einvoice(render_einvoice(abroad)) == as_filed(abroad) == as_filed(invoice())
