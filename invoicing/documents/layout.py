"""The face of the digital e-invoice in numbers: one table of coordinates for every file format.

Millimetres from the top left corner of a 210 x 140 mm page, as measured on the official template; font sizes in points.
A `Box` is where a text goes. Nothing here depends on what an invoice says.
"""

from dataclasses import dataclass
from typing import Literal

Font = Literal["kai", "song", "mono"]
Align = Literal["left", "center", "right"]
Ink = Literal["label", "value", "pale"]

# The colour of an ink by its name, and the pen of the lines.
COLOURS: dict[Ink, str] = {"label": "#800000", "value": "#000000", "pale": "#f4dfdf"}
LINE_WIDTH, MARK_LINE_WIDTH = 0.25, 0.4
MM_PER_POINT = 25.4 / 72
NORMAL, SMALL = 9.0, 8.0


@dataclass(frozen=True)
class Box:
    """A place for text: its top left corner and width in mm, and how it is set.

    `h` is the pitch of its lines in mm: a line of text is centred in it. `size` is in points.
    """

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


@dataclass(frozen=True)
class Column:
    """A column of the items: its left edge, where it ends, the width that its texts may take, and its head.

    `head_x` is where the text of the head begins. Texts end at `x + w` when they are aligned to the right.
    """

    name: str
    x: float
    end: float
    w: float
    align: Align
    head: str
    head_x: float


def label(x: float, y: float, w: float, size: float = NORMAL, pitch: float = 0) -> Box:
    """A box for a printed label: 楷体 in the colour of the form, `pitch` apart if it has several lines."""
    height = size * MM_PER_POINT
    return Box(x, y - max(pitch - height, 0) / 2, w, pitch or height, size, "kai", "left", "label")


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

QR = (6.5, 6.0, 20.0)  # x, y and the side of the square
VERIFY_QR = (4.8, 125.2, 13.2)
CIRCLE_X, CIRCLE_Y, CIRCLE_SIZE = 57.9, 97.5, 5.0  # the crossed circle before the words

# Items: `HEAD_TOP` and `HEAD_HEIGHT` are the row of column heads, `ROW_TOP` is the top of the first line of text.
# The first line was measured 0.4 mm higher; a little lower keeps clear of the heads.
HEAD_TOP, HEAD_HEIGHT, ROW_PITCH = 53.04, 2.7, 4.5
ROW_TOP = HEAD_TOP + HEAD_HEIGHT
COLUMNS = (
    Column("item-name", 5, 41.8, 36.5, "left", "项目名称", 15.5),
    Column("item-model", 41.8, 64.5, 22.5, "left", "规格型号", 41.8),
    Column("item-unit", 64.5, 77.5, 13, "center", "单 位", 66.5),
    Column("item-quantity", 77.5, 102.5, 25, "right", "数 量", 92.5),
    Column("item-price", 102.5, 127.5, 25, "right", "单 价", 117.5),
    Column("item-amount", 127.5, 154, 25.5, "right", "金 额", 143),
    Column("item-rate", 154, 179.5, 25, "center", "税率/征收率", 157),
    # 1 mm short of the frame, so that figures do not touch it
    Column("item-tax", 179.5, 204.5, 25, "right", "税 额", 194),
)
ITEM = Box(5, ROW_TOP, 199.5, ROW_PITCH)  # how the texts of items are set
SINGLE_PAGE_LINES = 7  # text lines between the column heads and the totals
MANY_PAGES_LINES = 6  # one less: the page's own subtotal stands above the totals
SUBTOTAL_Y, TOTAL_Y = 86.0, 90.5

NAME_HEIGHT, REMARKS_HEIGHT, VERIFY_HEIGHT = (
    9.6,
    19.5,
    5.4,
)  # what a name or the remarks may take in all their lines

# Where the fields of an invoice go, by name.
FIELDS: dict[str, Box] = {
    "title": Box(55, 8, 92, 7.07, 20, "kai", "center", "label"),
    "number": Box(170, 10.3, 35.4, 4.4, 10),
    "date": Box(170, 16.4, 35.4, 4.4, 10),
    "page": Box(154, 22.6, 51, 4.4, NORMAL, "kai", "left", "label"),
    "buyer-name": Box(20, 33.3, 84, 4.2),
    # 12 pt on the original, whose typewriter face draws smaller letters than ours.
    "buyer-id": Box(54, 43.3, 51, 4.24, 10.5, "mono"),
    "seller-name": Box(120, 33.3, 84, 4.2),
    "seller-id": Box(154.5, 43.3, 51, 4.24, 10.5, "mono"),
    "subtotal-label": label(15.5, SUBTOTAL_Y, 20),
    "subtotal-net": Box(127.5, SUBTOTAL_Y, 25.5, align="right"),
    "subtotal-tax": Box(179.5, SUBTOTAL_Y, 25, align="right"),
    "total-label": label(15.5, TOTAL_Y, 20),
    "total-net": Box(127.5, TOTAL_Y, 25.5, align="right"),
    "total-tax": Box(179.5, TOTAL_Y, 25, align="right"),
    "words": Box(62.9, 96, 80, 8, 11),
    "gross": Box(155.5, 96, 49, 8, 11),
    "remarks": Box(11.1, 104.5, 193, 3.3),
    "drawer": Box(32, 129.1, 60, 3.98),
    "verify": Box(19, 134.2, 74, 3, 7, "kai", "left", "label"),
    # The stamps of what is not an original: in a frame beside the title, one below it, pale behind the rows, and a note.
    "specimen": Box(30.5, 8.9, 23, 5.9, 13, "kai", "center", "label"),
    "mark": Box(58, 20.9, 30, 7.7, 12, "kai", "center", "label"),
    "back": Box(45, 62, 120, 22, 46, "kai", "center", "pale"),
    "notes": Box(95, 129.1, 110.5, 3.98, SMALL, "song", "right", "label"),
}
SPECIMEN_FRAME = (30.5, 8.5, 23.0, 12.5)  # x, y, w, h
MARK_FRAME = (56.5, 20.4, 33.0, 8.2)

# What is printed on every form; a line feed begins the next line of the same label.
LABELS: dict[str, tuple[Box, str]] = {
    "label-number": (label(154, 11, 16, pitch=6), "发票号码：\n开票日期："),
    "label-buyer": (label(5.5, 32.5, 4.5, pitch=3.5), "购\n买\n方\n信\n息"),
    "label-buyer-name": (label(11, 33.8, 9, 8.5), "名称："),
    "label-buyer-id": (label(11, 44, 43, 7.8), "统一社会信用代码/纳税人识别号："),
    "label-seller": (label(106, 32.5, 4.5, pitch=3.5), "销\n售\n方\n信\n息"),
    "label-seller-name": (label(111.5, 33.8, 9, 8.5), "名称："),
    "label-seller-id": (label(111.5, 44, 43, 7.8), "统一社会信用代码/纳税人识别号："),
    "label-words": (label(16.4, 98.5, 36), "价税合计（大写）"),
    "label-gross": (label(143, 98.5, 13), "（小写）"),
    "label-remarks": (label(5.5, 109, 4.5, pitch=6), "备\n注"),
    "label-drawer": (label(19, 129.5, 13), "开票人："),
}
