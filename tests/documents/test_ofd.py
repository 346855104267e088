"""The OFD file of an invoice, read back by the standard."""

import io
import os
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageOps
from pypdf import PdfReader

from invoicing.documents.errors import MissingGlyph
from invoicing.documents.ofd.rendering import InvoiceFiles, render_invoice_files, render_ofd
from invoicing.documents.pdf import render_invoice
from invoicing.documents.qr import qr_text
from invoicing.documents.snapshot import InvoiceSnapshot, Party
from tests.documents.ofd_reading import Ofd, problems
from tests.documents.samples import BUYER, invoice, line

XML = b"<EInvoice/>"
_COMMON = "".join(bytes((0xB0 + i // 94, 0xA1 + i % 94)).decode("gb2312") for i in range(3700))
_OTHERS = "ABCXYZabcxyz0123456789-_/&<>\"'()（）《》，。：；·¥％①Ⅳαβé喆犇堃昇珺䶮㛃龘𠀡 "
_RATES = (None, *(Decimal(rate) for rate in ("0", "0.01", "0.015", "0.03", "0.06", "0.09", "0.13")))
_RENDER = """
import sys
from invoicing.documents.ofd.rendering import render_ofd
from invoicing.documents.snapshot import InvoiceSnapshot
snapshot = InvoiceSnapshot.from_json(sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(render_ofd(snapshot, attachment=b"<EInvoice/>"))
"""


def _words(chance: random.Random, longest: int) -> str:
    pool = (_COMMON, _COMMON, _OTHERS)
    made = "".join(chance.choice(chance.choice(pool)) for _ in range(chance.randint(1, longest)))
    return made.strip() or "空"


def _generated(seed: int) -> InvoiceSnapshot:
    """An invoice that nobody thought of, of characters that the fonts have: blue or red, of 1 to 40 rows."""
    chance = random.Random(seed)
    sign = chance.choice((1, 1, -1))
    rows = tuple(
        replace(
            line(_words(chance, 30), str(sign * Decimal(chance.randint(1, 10**10)) / 100)),
            unit=_words(chance, 2),
            model=_words(chance, 12),
            quantity=chance.choice((None, Decimal(sign * chance.randint(1, 10**6)) / 1000)),
        )
        for _ in range(chance.choice((1, 1, 2, 3, 5, 40)))
    )
    taxed = []
    for row in rows:
        rate = chance.choice(_RATES)
        net = (row.gross / (1 + (rate or 0))).quantize(Decimal("0.01"))
        taxed.append(replace(row, rate=rate, net=net, tax=row.gross - net))
    return invoice(
        *taxed,
        kind=chance.choice(("special", "general")),
        specimen=chance.choice((True, False)),
        buyer=Party(_words(chance, 60), chance.choice(("", BUYER.tax_id))),
        remarks=_words(chance, 120),
        credit_of="26991000000000000007" if sign < 0 else None,
    )


@pytest.fixture(scope="module")
def files() -> InvoiceFiles:
    return render_invoice_files(invoice(), attachment=XML)


def _pages_agree(files: InvoiceFiles) -> None:
    """Every page has the characters of the PDF's page, no more and no fewer."""
    ofd = Ofd(files.ofd)
    pages = PdfReader(io.BytesIO(files.pdf)).pages
    assert len(pages) == len(ofd.pages)
    for number, page in zip(ofd.pages, pages, strict=True):
        wanted = sorted("".join(page.extract_text().split()))
        assert sorted("".join(ofd.text(number).split())) == wanted


def test_its_structure_keeps_the_standard(files: InvoiceFiles) -> None:
    assert problems(files.ofd, XML) == []
    assert zipfile.ZipFile(io.BytesIO(files.ofd)).namelist() == [
        "OFD.xml",
        "Doc_0/Document.xml",
        "Doc_0/PublicRes.xml",
        "Doc_0/DocumentRes.xml",
        "Doc_0/Pages/Page_0/Content.xml",
        "Doc_0/Res/font_1.ttf",
        "Doc_0/Res/font_2.ttf",
        "Doc_0/Res/font_3.ttf",
        "Doc_0/Res/qrcode.png",
        "Doc_0/Attachs/Attachments.xml",
        "Doc_0/Attachs/original_invoice.xml",
        "Doc_0/Tags/CustomTags.xml",
        "Doc_0/Tags/CustomTag.xml",
    ]


@pytest.mark.parametrize(
    ("part", "change", "problem"),
    [
        ("Page_0/Content.xml", lambda p: p.replace(b'ID="9"', b'ID="8"', 1), "number 8 2 times"),
        ("Page_0/Content.xml", lambda p: p.replace(b'ID="9"', b'ID="999"', 1), "beyond MaxUnitID"),
        ("Page_0/Content.xml", lambda p: p.replace(b'Font="1"', b'Font="77"', 1), "no font 77"),
        (
            "Page_0/Content.xml",
            lambda p: p.replace(b'ResourceID="4"', b'ResourceID="77"'),
            "no pic",
        ),
        (
            "Page_0/Content.xml",
            lambda p: re.sub(rb'DeltaX="\S+ ', b'DeltaX="', p, count=1),
            "steps for",
        ),
        ("Page_0/Content.xml", lambda p: p.replace("备<".encode(), "龘<".encode()), "龘 is not in"),
        ("original_invoice.xml", lambda p: p + b"\n", "the attachment differs"),
        ("PublicRes.xml", lambda p: p.replace(b"font_3", b"font_2"), "files and resources differ"),
    ],
)
def test_a_broken_structure_is_noticed(
    files: InvoiceFiles, part: str, change: Callable[[bytes], bytes], problem: str
) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as target, zipfile.ZipFile(io.BytesIO(files.ofd)) as source:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name.endswith(part) else content)
    assert any(problem in found for found in problems(changed.getvalue(), XML))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_invoiced_has_every_character_right(seed: int) -> None:
    snapshot = _generated(seed)
    attachment = snapshot.to_json().encode()
    files = render_invoice_files(snapshot, attachment=attachment)
    assert problems(files.ofd, attachment) == []
    _pages_agree(files)
    assert _codes(Ofd(files.ofd)) == [qr_text(snapshot)]


def _codes(ofd: Ofd) -> list[str]:
    """What the pictures of the file say."""
    texts = []
    for number, (element, _) in ofd.resources.items():
        if element.get("Type") == "Image":
            picture = Image.open(io.BytesIO(ofd.resource(number))).convert("L")
            texts += [
                code.text for code in zxingcpp.read_barcodes(ImageOps.expand(picture, 40, 255))
            ]
    return texts


def test_programs_find_the_figures_by_name(files: InvoiceFiles) -> None:
    ofd = Ofd(files.ofd)
    assert ofd.custom_data == {
        "native-producer": "finance-console",
        "发票号码": "26991000000000000042",
        "开票日期": "2026年03月05日",
        "合计金额": "5785.38",
        "合计税额": "347.12",
        "价税合计": "6132.50",
        "购买方纳税人识别号": "91370200MA3C8XTY1Q",
        "销售方纳税人识别号": "91110108MA0EXAMP19",
        "样张": "SPECIMEN",
    }
    assert {name: "".join(texts) for name, texts in ofd.tags.items()} == {
        "InvoiceNo": "26991000000000000042",
        "IssueDate": "2026年03月05日",
        "Buyer/BuyerName": "青岛海棠示例数据服务有限公司",
        "Buyer/BuyerTaxID": "91370200MA3C8XTY1Q",
        "Seller/SellerName": "云杉示例科技（北京）有限公司",
        "Seller/SellerTaxID": "91110108MA0EXAMP19",
        "Item": "*信息技术服务*云服务器*信息技术服务*对象存储服务与内容分发网络加速流量包*信息技术服务*云数据库",
        "Quantity": "1820",
        "Price": "4197.171.42291463414634",
        "Amount": "4197.171166.79421.42",
        "TaxScheme": "6%6%6%",
        "TaxAmount": "251.8370.0125.28",
        "TaxExclusiveTotalAmount": "¥5785.38",
        "TaxTotalAmount": "¥347.12",
        "TaxInclusiveTotalAmount": "¥6132.50",
        "Note": "账期：2026年2月购方开户银行:示例银行青岛分行; 银行账号:8000123456789012;",
        "InvoiceClerk": "王晓琪",
    }


def test_fields_on_every_page_are_tagged_once_and_rows_on_all() -> None:
    snapshot = invoice(*(line(f"云服务{i:02d}", f"{100 + i}.00") for i in range(14)))
    tags = Ofd(render_ofd(snapshot, attachment=XML)).tags
    assert tags["InvoiceNo"] == [snapshot.number]
    assert tags["Amount"] == [str(row.net) for row in snapshot.lines]
    assert tags["TaxInclusiveTotalAmount"] == [f"¥{snapshot.gross}"]


def test_an_individual_has_no_tax_number_in_the_data() -> None:
    ofd = Ofd(render_ofd(invoice(buyer=Party("个人"), kind="general"), attachment=XML))
    assert "购买方纳税人识别号" not in ofd.custom_data
    assert "Buyer/BuyerTaxID" not in ofd.tags
    assert ofd.tags["Buyer/BuyerName"] == ["个人"]


def test_what_the_sandbox_issues_says_so_and_carries_no_seal(files: InvoiceFiles) -> None:
    ofd = Ofd(files.ofd)
    (page,) = ofd.pages
    assert ofd.text(page).count("SPECIMEN") == 2
    assert "不是税务凭证" in ofd.text(page)
    assert not [name for name in ofd.archive.namelist() if "Sign" in name or "Seal" in name]
    legal = Ofd(render_ofd(invoice(specimen=False), attachment=XML))
    assert "样张" not in legal.custom_data
    assert "SPECIMEN" not in legal.text(next(iter(legal.pages)))


def test_a_second_code_stays_a_picture_of_its_own() -> None:
    url = "https://billing.example.com/v/26991000000000000042"
    snapshot = invoice(verify_url=url)
    ofd = Ofd(render_ofd(snapshot, attachment=XML))
    assert sorted(_codes(ofd)) == sorted([qr_text(snapshot), url])


def test_the_pdf_beside_it_is_the_very_same_file() -> None:
    snapshot = invoice()
    assert render_invoice_files(snapshot, attachment=XML).pdf == render_invoice(snapshot, xml=XML)


def test_the_same_snapshot_is_the_same_file_in_another_process_place_and_language(
    files: InvoiceFiles, tmp_path: Path
) -> None:
    foreign = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    there = subprocess.run(
        [sys.executable, "-c", _RENDER],
        input=invoice().to_json().encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | foreign | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout
    assert render_ofd(invoice(), attachment=XML) == files.ofd == there


def test_it_is_dated_and_named_by_the_snapshot() -> None:
    snapshot = invoice(issued_on=date(2031, 12, 31))
    ofd = Ofd(render_ofd(snapshot, attachment=XML))
    assert {info.date_time for info in ofd.archive.infolist()} == {(2031, 12, 31, 0, 0, 0)}
    info = {element.tag.split("}")[1]: element.text for element in ofd.root[0][0]}
    assert info["DocID"] == snapshot.digest()[:32]
    assert info["CreationDate"] == "2031-12-31"
    assert info["Title"] == f"电子发票（增值税专用发票） {snapshot.number}"


def test_markup_in_names_is_printed_as_it_is_written() -> None:
    snapshot = invoice(buyer=Party("</ofd:TextCode>&amp;\"']]>", BUYER.tax_id), remarks="<a b='c'>")
    content = render_ofd(snapshot, attachment=XML)
    assert problems(content, XML) == []
    tags = Ofd(content).tags
    assert tags["Buyer/BuyerName"] == ["</ofd:TextCode>&amp;\"']]>"]
    assert tags["Note"] == ["<a b='c'>"]


def test_a_character_without_a_glyph_is_named_instead_of_printed_as_a_box() -> None:
    with pytest.raises(MissingGlyph, match=r"🚀 \(U\+1F680\)"):
        render_ofd(invoice(buyer=Party("青岛🚀示例公司", BUYER.tax_id)), attachment=XML)
