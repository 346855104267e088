"""Who buys: seventeen invented customers in China under all four profiles, and one overseas. And who signs in.

Names and numbers are invented; the check digits of the unified social credit codes are right.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Asks = Literal["auto", "month", "amount", "order", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    """`asks`: how it gets its invoices. `usage`: the most it uses of one product in one go, in yuan.

    `orders`: SKU and price of what it buys each month. `title`: another name than the certified one.
    `parent`: the account that manages it and has its consumption invoiced along with its own.
    """

    code: str
    profile: str
    name: str
    tax_id: str = ""
    kind: str = "enterprise"
    asks: Asks = "month"
    invoice: str = "general"
    medium: str = "electronic"
    usage: int = 0
    orders: tuple[tuple[str, str], ...] = ()
    gifts: tuple[tuple[str, str], ...] = ()
    title: str = ""
    title_tax_id: str = ""
    parent: str = ""


CUSTOMERS: Final = (
    DemoCustomer(
        code="DEMO-01",
        profile="standard",
        name="雾桥数据科技(杭州)有限公司",
        tax_id="91330106MAL2M6GW7F",
        asks="auto",
        invoice="special",
        usage=900,
        orders=(("compute-year", "4800.00"), ("terminal", "2260.00"), ("market-crm", "318.00")),
        gifts=(("voucher", "200.00"),),
    ),
    DemoCustomer(
        code="DEMO-02",
        profile="standard",
        name="Quillfern Robotics (Shanghai) Co., Ltd.",
        tax_id="91310115MAT7UWTYXN",
        invoice="special",
        usage=640,
        orders=(("compute-year", "3600.00"), ("terminal", "1130.00")),
        gifts=(("coupon", "50.00"),),
    ),
    DemoCustomer(
        code="DEMO-03",
        profile="standard",
        name="青穗乡村教育基金会",
        tax_id="531101055UJH386H1D",
        kind="organization",
        asks="amount",
        medium="paper",
        usage=120,
        orders=(("compute-year", "980.00"),),
        gifts=(("rebate", "30.00"),),
    ),
    DemoCustomer(
        code="DEMO-04",
        profile="standard",
        name="林小满",
        kind="individual",
        asks="amount",
        usage=20,
        orders=(("compute-year", "199.00"),),
        title="个人",
    ),
    DemoCustomer(
        code="DEMO-05",
        profile="alibaba",
        name="橡果动画(深圳)有限公司",
        tax_id="91440300MAL35DTG6G",
        asks="auto",
        invoice="special",
        usage=1500,
        orders=(("compute-year", "9600.00"), ("terminal", "5650.00")),
        gifts=(("voucher", "500.00"),),
    ),
    DemoCustomer(
        code="DEMO-06",
        profile="alibaba",
        name="Lanternfish Games (Suzhou) Co., Ltd.",
        tax_id="91320505MAARK7RT7P",
        asks="auto",
        usage=2200,
        orders=(("compute-year", "1200.00"),),
    ),
    DemoCustomer(
        code="DEMO-07",
        profile="alibaba",
        name="薄荷物流(北京)有限公司",
        tax_id="91110108MAB462FN2P",
        asks="amount",
        usage=300,
        orders=(("compute-year", "600.00"),),
    ),
    DemoCustomer(
        code="DEMO-08",
        profile="alibaba",
        name="周望舒",
        kind="individual",
        asks="auto",
        usage=15,
        orders=(("compute-year", "99.00"),),
        gifts=(("gift", "20.00"),),
        title="个人",
    ),
    DemoCustomer(
        code="DEMO-09",
        profile="baidu",
        name="石榴影像(厦门)有限公司",
        tax_id="91350203MAEC7B5P8D",
        usage=3000,
        orders=(("compute-year", "250000.00"),),
        gifts=(("voucher", "1000.00"),),
    ),
    DemoCustomer(
        code="DEMO-10",
        profile="baidu",
        name="Copper Heron Biotech (Chengdu) Co., Ltd.",
        tax_id="91510107MAD13T8K11",
        invoice="special",
        medium="paper",
        usage=450,
        orders=(("compute-year", "2400.00"), ("terminal", "3390.00")),
        gifts=(("coupon", "80.00"),),
    ),
    DemoCustomer(
        code="DEMO-11",
        profile="baidu",
        name="沈知远",
        kind="individual",
        asks="order",
        usage=10,
        orders=(("compute-year", "688.00"),),
        title="沉木手作(杭州)有限公司",
        title_tax_id="91330108MAMUGTKH7J",
    ),
    DemoCustomer(
        code="DEMO-12",
        profile="kingsoft",
        name="纸鸢教育科技(武汉)有限公司",
        tax_id="91420106MA8PT3HGXC",
        invoice="special",
        medium="paper",
        usage=200,
        orders=(("compute-year", "5200.00"), ("terminal", "4520.00")),
        gifts=(("voucher", "120.00"), ("gift", "30.00")),
    ),
    DemoCustomer(
        code="DEMO-13",
        profile="kingsoft",
        name="Saltmarsh Studio (Ningbo) Co., Ltd.",
        tax_id="91330212MAQT1U8W0T",
        medium="paper",
        usage=80,
        orders=(("compute-year", "1500.00"),),
    ),
    DemoCustomer(
        code="DEMO-14",
        profile="kingsoft",
        name="拾光社区服务中心(广州)",
        tax_id="52440103560KYL7H32",
        kind="organization",
        medium="paper",
        orders=(("compute-year", "860.00"), ("terminal", "1695.00")),
    ),
    DemoCustomer(
        code="DEMO-18",
        profile="standard",
        name="晚稻食品(苏州)有限公司",
        tax_id="91320594MA7KD18W54",
        asks="auto",
        orders=(("compute-year", "1000.00"),),
    ),
    DemoCustomer(
        code="DEMO-16",
        profile="standard",
        name="Quillfern Sensors (Wuxi) Co., Ltd.",
        tax_id="91320214MAAY4CL12G",
        parent="DEMO-02",
        asks="never",
        usage=60,
        orders=(("compute-year", "740.00"),),
    ),
    DemoCustomer(
        code="DEMO-17",
        profile="standard",
        name="Quillfern Gears (Jiaxing) Co., Ltd.",
        tax_id="91330402MATH3BJ1XD",
        parent="DEMO-02",
        asks="never",
        usage=40,
    ),
)
OVERSEAS: Final = "DEMO-15"
CODES: Final = (*(customer.code for customer in CUSTOMERS), OVERSEAS)
# login: password, what it is. Known to everybody, hence for the demo only.
LOGINS: Final = {
    "clerk": ("demo-clerk-2718", "a customer's finance clerk"),
    "reviewer": ("demo-reviewer-3141", "a reviewer of the operator"),
    "admin": ("demo-admin-1618", "the administrator"),
}


def yuan(text: str) -> Decimal:
    """An amount of the tables above."""
    return Decimal(text)
