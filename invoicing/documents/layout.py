"""The face of the digital e-invoice in numbers: one table of coordinates for every file format.

Millimetres from the top left corner of a 210 x 140 mm page, as measured on the official template; font sizes in points.
A `Box` is where a text goes: its text is centred vertically in `h`. Nothing here depends on what an invoice says.
"""

from dataclasses import dataclass
from typing import Literal

Font = Literal["kai", "song", "mono", "sans"]
Align = Literal["left", "center", "right"]
Ink = Literal["label", "value", "pale"]

# The colour of an ink by its name, and the pen of the lines.
COLOURS: dict[Ink, str] = {"label": "#800000", "value": "#000000", "pale": "#f4dfdf"}
LINE_WIDTH, SPECIMEN_LINE_WIDTH = 0.25, 0.4
MM_PER_POINT = 25.4 / 72
NORMAL, SMALL = 9.0, 8.0


@dataclass(frozen=True)
class Box:
    """A place for text: position and size in mm, the font, its size in points, alignment and ink."""

    x: float
    y: float
    w: float
    h: float = 3.18
    size: float = NORMAL
    font: Font = "song"
    align: Align = "left"
    ink: Ink = "value"


@dataclass(frozen=True)
class Rule:
    """A straight line from (x1, y1) to (x2, y2)."""

    x1: float
    y1: float
    x2: float
    y2: float


def label(x: float, y: float, w: float, size: float = NORMAL, align: Align = "left") -> Box:
    """A box for a printed label: 楷体 in the colour of the form."""
    return Box(x, y, w, size * MM_PER_POINT, size, "kai", align, "label")


# The frame (x 4.5-205.5, y 30-124), its inner lines, and the double line under the title.
FRAME_LEFT, FRAME_RIGHT, FRAME_TOP, FRAME_BOTTOM = 4.5, 205.5, 30.0, 124.0
RULES = (
    *(Rule(FRAME_LEFT, y, FRAME_RIGHT, y) for y in (30.0, 52.0, 96.0, 104.0, 124.0)),
    *(Rule(x, FRAME_TOP, x, FRAME_BOTTOM) for x in (FRAME_LEFT, FRAME_RIGHT)),
    *(Rule(x, 30.0, x, 52.0) for x in (10.7, 105.2, 111.2)),
    Rule(10.7, 104.0, 10.7, 124.0),
    Rule(56.5, 96.0, 56.5, 104.0),
    *(Rule(65.5, y, 138.5, y) for y in (18.0, 19.0)),
)

QR_X, QR_Y, QR_SIZE = 6.5, 6.0, 20.0
CIRCLE_X, CIRCLE_Y, CIRCLE_SIZE = 57.9, 97.5, 5.0  # the crossed circle before the words

TITLE = Box(55, 8, 92, 7.07, 20, "kai", "center", "label")
NUMBER = Box(170, 10.3, 35.4, 4.4, 10)
DATE = Box(170, 16.4, 35.4, 4.4, 10)
PAGE_COUNT = Box(154, 22.6, 51, 4.4, NORMAL, "kai", "left", "label")

BUYER_NAME = Box(20, 33.3, 84, 4.2)
SELLER_NAME = Box(120, 33.3, 84, 4.2)
# 12 pt on the original, whose typewriter face draws smaller letters than ours.
BUYER_ID = Box(54, 43.3, 51, 4.24, 10.5, "mono")
SELLER_ID = Box(154.5, 43.3, 51, 4.24, 10.5, "mono")

# Item columns: left edge, width, alignment of the values; `y` is the first row.
ROW_TOP, ROW_PITCH = 56.4, 4.5  # measured 56.0; a little lower keeps clear of the heads
ITEM_NAME = Box(5, ROW_TOP, 36.5)
ITEM_MODEL = Box(41.8, ROW_TOP, 22.5)
ITEM_UNIT = Box(64.5, ROW_TOP, 13, align="center")
ITEM_QUANTITY = Box(77.5, ROW_TOP, 25, align="right")
ITEM_PRICE = Box(102.5, ROW_TOP, 25, align="right")
ITEM_AMOUNT = Box(127.5, ROW_TOP, 25.5, align="right")
ITEM_RATE = Box(154, ROW_TOP, 25, align="center")
ITEM_TAX = Box(
    179.5, ROW_TOP, 25, align="right"
)  # 1 mm short of the frame, so that figures do not touch it
SINGLE_PAGE_LINES = 7  # text lines between the column heads and the totals
MANY_PAGES_LINES = 6  # one less: the page's own subtotal stands above the totals
SUBTOTAL_Y, TOTAL_Y = 86.0, 90.5

WORDS = Box(62.9, 96, 80, 8, 11)
GROSS = Box(155.5, 96, 49, 8, 11)
REMARKS = Box(11.1, 104.5, 193, 3.3)
REMARKS_HEIGHT = 19.5
DRAWER = Box(32, 129.1, 60, 3.98)

LABELS: tuple[tuple[Box, str], ...] = (
    (label(154, 11, 16), "发票号码："),
    (label(154, 17, 16), "开票日期："),
    *((label(5.5, 32.5 + 3.5 * i, 4.5), c) for i, c in enumerate("购买方信息")),
    *((label(106, 32.5 + 3.5 * i, 4.5), c) for i, c in enumerate("销售方信息")),
    (label(11, 33.8, 9, 8.5), "名称："),
    (label(111.5, 33.8, 9, 8.5), "名称："),
    (label(11, 44, 43, 7.8), "统一社会信用代码/纳税人识别号："),
    (label(111.5, 44, 43, 7.8), "统一社会信用代码/纳税人识别号："),
    (label(15.5, 52.8, 20), "项目名称"),
    (label(41.6, 52.8, 20), "规格型号"),
    (label(66.5, 52.8, 9), "单 位"),
    (label(92.5, 52.8, 10), "数 量"),
    (label(117.5, 52.8, 10), "单 价"),
    (label(143, 52.8, 10), "金 额"),
    (label(157, 52.8, 19), "税率/征收率"),
    (label(194, 52.8, 10), "税 额"),
    (label(16.4, 98.5, 36), "价税合计（大写）"),
    (label(143, 98.5, 13), "（小写）"),
    (label(5.5, 109, 4.5), "备"),
    (label(5.5, 115, 4.5), "注"),
    (label(19, 129.5, 13), "开票人："),
)
SUBTOTAL_LABEL = label(15.5, SUBTOTAL_Y, 20)
TOTAL_LABEL = label(15.5, TOTAL_Y, 20)

# What the sandbox issues says so three times: in a frame beside the title, pale behind the rows, and below the frame.
SPECIMEN_FRAME = (30.5, 8.5, 23.0, 12.5)  # x, y, w, h
SPECIMEN_NAME = Box(30.5, 9.4, 23, 6, 14, "kai", "center", "label")
SPECIMEN_LATIN = Box(30.5, 16, 23, 4, 8, "sans", "center", "label")
SPECIMEN_BACK = Box(45, 62, 120, 22, 50, "sans", "center", "pale")
SPECIMEN_NOTE = Box(95, 129.1, 110.5, 3.98, SMALL, "song", "right", "label")
