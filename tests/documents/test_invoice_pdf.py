"""The PDF of a Chinese e-invoice, read back with other programs."""

import io
from pathlib import Path

import pytest
import zxingcpp
from pypdf import PdfReader

from invoicing.documents import layout
from invoicing.documents.pdf import render_invoice
from invoicing.documents.qr import qr_text
from tests.documents import reading
from tests.documents.samples import BUYER, invoice, line

HALF_MM = 0.5


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_invoice(invoice())


@pytest.fixture(scope="module")
def picture(pdf: bytes, tmp_path_factory: pytest.TempPathFactory) -> "reading.Image.Image":
    return reading.picture(pdf, tmp_path_factory.mktemp("picture"))


def test_the_page_is_210_by_140_mm(pdf: bytes) -> None:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    assert float(page.mediabox.width) * reading.MM == pytest.approx(210, abs=0.01)
    assert float(page.mediabox.height) * reading.MM == pytest.approx(140, abs=0.01)


@pytest.mark.parametrize(
    ("text", "edge", "millimetres"),
    [
        ("26991000000000000042", "left", 170),
        ("2026年03月05日", "left", 170),
        ("青岛海棠示例数据服务有限公司", "left", 20),
        ("云杉示例科技（北京）有限公司", "left", 120),
        ("91370200MA3C8XTY1Q", "left", 54),
        ("91110108MA0EXAMP19", "left", 154.5),
        ("项目名称", "left", 15.5),
        ("规格型号", "left", 41.6),
        ("税率/征收率", "left", 157),
        ("820", "right", 102.5),
        ("1.42291463414634", "right", 127.5),
        ("1166.79", "right", 153),
        ("¥5785.38", "right", 153),
        ("251.83", "right", 204.5),
        ("陆仟壹佰叁拾贰圆伍角整", "left", 62.9),
        ("¥6132.50", "left", 155.5),
        ("王晓琪", "left", 32),
    ],
)
def test_texts_stand_where_the_official_form_has_them(
    pdf: bytes, text: str, edge: str, millimetres: float
) -> None:
    assert getattr(reading.word(pdf, text), edge) == pytest.approx(millimetres, abs=HALF_MM)


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("26991000000000000042", 12.5),
        ("91370200MA3C8XTY1Q", 45.4),
        ("251.83", 57.6),
        ("70.01", 62.1),
        ("25.28", 75.6),
        ("¥347.12", 92.1),
        ("陆仟壹佰叁拾贰圆伍角整", 100),
        ("王晓琪", 131.1),
    ],
)
def test_texts_stand_at_the_height_of_the_official_form(
    pdf: bytes, text: str, middle: float
) -> None:
    assert reading.word(pdf, text).middle == pytest.approx(middle, abs=HALF_MM)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (4.5, 70),
        (205.5, 70),
        (10.7, 40),
        (105.2, 40),
        (111.2, 31),
        (10.7, 120),
        (56.5, 103),
        (150, 30),
        (150, 52),
        (190, 96),
        (150, 104),
        (150, 124),
        (100, 18),
        (100, 19),
    ],
)
def test_the_lines_of_the_form_are_drawn_in_its_colour(
    picture: "reading.Image.Image", x: float, y: float
) -> None:
    left, top = round(x * reading.PIXELS_PER_MM), round(y * reading.PIXELS_PER_MM)
    area = [picture.getpixel((left + i, top + j)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert (128, 0, 0) in area


def test_nothing_is_drawn_where_the_seal_would_be(picture: "reading.Image.Image") -> None:
    scale = reading.PIXELS_PER_MM
    between = picture.crop((90 * scale, int(19.4 * scale), 120 * scale, int(29.6 * scale)))
    assert between.getextrema() == ((255, 255), (255, 255), (255, 255))


def test_the_qr_code_decodes_to_its_text(picture: "reading.Image.Image") -> None:
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == qr_text(invoice())
    corner = code.position.top_left
    assert (corner.x / 10, corner.y / 10) == pytest.approx((6.5, 6), abs=HALF_MM)
    assert code.position.bottom_right.x / 10 == pytest.approx(26.5, abs=HALF_MM)


def test_everything_on_the_snapshot_is_on_the_face(pdf: bytes) -> None:
    text = reading.text(pdf)
    for expected in (
        "电子发票（增值税专用发票）",
        "*信息技术服务*云服务器",
        "c6.2xlarge",
        "4197.17",
        "6%",
        "¥5785.38",
        "¥347.12",
        "陆仟壹佰叁拾贰圆伍角整",
        "¥6132.50",
        "账期：2026年2月",
        "银行账号:8000123456789012;",
        "SPECIMEN",
        "不是税务凭证",
    ):
        assert expected in text


def test_a_legal_invoice_has_no_specimen_mark() -> None:
    text = reading.text(render_invoice(invoice(specimen=False, kind="general")))
    assert "电子发票（普通发票）" in text
    assert "SPECIMEN" not in text
    assert "样" not in text


def test_a_paper_invoice_has_its_own_title_within_its_place() -> None:
    pdf = render_invoice(invoice(medium="paper"))
    title = reading.word(pdf, "数电纸质发票（增值税专用发票）")
    assert 56 <= title.left < title.right <= 146


def test_an_individual_has_no_tax_number() -> None:
    pdf = render_invoice(invoice(buyer=BUYER.__class__("个人"), kind="general"))
    right_of_label = [w for w in reading.words(pdf) if 54 <= w.left < 104 and 43 < w.middle < 48]
    assert right_of_label == []
    assert reading.word(pdf, "个人").left == pytest.approx(20, abs=HALF_MM)


def test_a_credit_note_is_negative_and_names_its_original() -> None:
    credit = invoice(
        line("云服务器", "-500"),
        remarks="",
        credit_of="26991000000000000007",
        red_confirmation="11010826031001000012",
    )
    text = reading.text(render_invoice(credit))
    for expected in ("（负数）伍佰圆整", "¥-500.00", "¥-471.70", "-28.30"):
        assert expected in text
    sentence = (
        "被红冲蓝字数电票号码：26991000000000000007 红字发票信息确认单编号：11010826031001000012"
    )
    assert sentence in text


def test_many_rows_take_several_pages_with_a_subtotal_each_and_the_total_on_the_last(
    tmp_path: Path,
) -> None:
    snapshot = invoice(*(line(f"云服务{i:02d}", f"{100 + i}.00") for i in range(14)))
    pdf = render_invoice(snapshot)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert f"共3页 第{number}页" in page
        assert page.count("小 计") == 1
        assert "26991000000000000042" in page
    assert ["合 计" in page for page in pages] == [False, False, True]
    assert ["壹仟肆佰玖拾壹圆整" in page for page in pages] == [False, False, True]
    nets = [sum(row.net for row in snapshot.lines[start : start + 6]) for start in (0, 6, 12)]
    assert [f"¥{net}" in page for net, page in zip(nets, pages, strict=True)] == [True] * 3
    assert sum(nets) == snapshot.net
    (code,) = zxingcpp.read_barcodes(reading.picture(pdf, tmp_path, page=3))
    assert code.text == qr_text(snapshot)


def test_a_row_taller_than_a_page_goes_on_overleaf_and_loses_nothing() -> None:
    name = "".join(chr(0x4E00 + i) for i in range(20, 110))
    pdf = render_invoice(invoice(line(name, "100")))
    first, second = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert first.count("¥94.34") == 1
    assert "¥0.00" in second  # its subtotal: the row was counted on the page where it begins
    column = [
        w for page in (1, 2) for w in reading.words(pdf, page) if w.left < 6 and 56 < w.middle < 85
    ]
    assert name in "".join(w.text for w in sorted(column[:6], key=lambda w: w.top)) + "".join(
        w.text for w in sorted(column[6:], key=lambda w: w.top)
    )


def test_the_totals_stay_below_the_rows_on_a_full_page() -> None:
    pdf = render_invoice(invoice(*(line(f"云服务{i}", "100.00") for i in range(7))))
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert layout.ROW_TOP + 7 * layout.ROW_PITCH < layout.TOTAL_Y
