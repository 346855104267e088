"""What the demo sells: four invented Chinese sellers, five invented resellers overseas, their tax keys and products.

Tax classification codes are examples of the right shape; operators edit them (they are data, not law).
"""

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from ledger.domain.focus import product_sku
from ledger.models import InvoicingEntity, Product, TaxCategory

DATA: Final = Path(__file__).parent / "data"
FOCUS_FILE: Final = DATA / "focus-1.0-sample.csv"
ROUTING_FILE: Final = DATA / "focus-routing.csv"

# code: name, tax ID, address, phone, bank, bank account
SELLERS: Final = {
    "I1": (
        *("砚池云计算(杭州)有限公司", "91330106MA9TM4T48X", "杭州市西湖区墨溪路 18 号"),
        *("0571-5550 0118", "澄江银行杭州分行", "3301 0000 5550 0118"),
    ),
    "I2": (
        *("砚池通信(北京)有限公司", "91110108MAL8KCFR0K", "北京市海淀区素笺街 7 号"),
        *("010-5550 0207", "澄江银行北京分行", "1101 0000 5550 0207"),
    ),
    "I3": (
        *("砚池分发(上海)有限公司", "91310115MAP306MQ4R", "上海市浦东新区镇纸路 66 号"),
        *("021-5550 0366", "澄江银行上海分行", "3101 0000 5550 0366"),
    ),
    "I4": (
        *("竹影软件(深圳)有限公司", "91440305MA6TDDB190", "深圳市南山区竹影巷 9 号"),
        *("0755-5550 0409", "南屏银行深圳分行", "4403 0000 5550 0409"),
    ),
}
# code: name, registration, country, address
RESELLERS: Final = {
    "R1": ("Kestrel Cloud Resale LLC", "DEMO-US-0001", "US", "12 Kestrel Way, Marlow Falls"),
    "R2": ("Larch Cloud Trading Inc.", "DEMO-CA-0002", "CA", "48 Larch Street, Port Avery"),
    "R3": ("Tern Cloud Services S.à r.l.", "DEMO-LU-0003", "LU", "3 rue des Sternes, Valmont"),
    "R4": ("Alder Hosting Limited", "DEMO-IE-0004", "IE", "5 Alder Quay, Dunmarra"),
    "R5": ("Pike Compute Corporation", "DEMO-US-0005", "US", "901 Pike Road, Lower Brant"),
}
# key: entity, tax classification code, category, content, rate (the keys of the scenarios)
KEYS: Final = {
    "S6": ("I1", "3040201030000000000", "信息技术服务", "软件服务费", "0.06"),
    "T6": ("I1", "3040203000000000000", "信息技术服务", "技术服务费", "0.06"),
    "H13": ("I1", "1090511010000000000", "电子计算机", "硬件设备", "0.13"),
    "M9": ("I2", "3030200000000000000", "电信服务", "短信服务费", "0.09"),
    "C6": ("I2", "3040203000000000000", "信息技术服务", "技术服务费", "0.06"),
    "D6": ("I3", "3040201990000000000", "信息技术服务", "内容分发服务费", "0.06"),
    "X6": ("I4", "3040201010000000000", "信息技术服务", "软件服务费", "0.06"),
}
# SKU: name, tax key, mode
PRODUCTS: Final = {
    "compute-payg": ("云服务器（按量）", "S6", "postpaid"),
    "storage-payg": ("对象存储（按量）", "S6", "postpaid"),
    "support-payg": ("专家支持", "T6", "postpaid"),
    "sms-payg": ("短信", "M9", "postpaid"),
    "voice-payg": ("云通信", "C6", "postpaid"),
    "cdn-payg": ("内容分发", "D6", "postpaid"),
    "compute-year": ("云服务器（包年）", "S6", "prepaid"),
    "terminal": ("云终端设备", "H13", "prepaid"),
    "market-crm": ("竹影客户管理（云市场）", "X6", "prepaid"),
}
MARKETPLACE: Final = {"market-crm"}
Catalogue = Mapping[str, Product]


def load() -> Catalogue:
    """Write the catalogue; returns the products by SKU."""
    entities = {code: _seller(code) for code in SELLERS}
    keys = {
        key: TaxCategory.objects.create(
            entity=entities[entity],
            code=code,
            short_name=short_name,
            content=content,
            rate=Decimal(rate),
        )
        for key, (entity, code, short_name, content, rate) in KEYS.items()
    }
    for sku, (name, key, mode) in PRODUCTS.items():
        Product.objects.create(
            sku=sku,
            name=name,
            mode=mode,
            tax_category=keys[key],
            marketplace=sku in MARKETPLACE,
        )
    load_focus()
    return {product.sku: product for product in Product.objects.select_related("tax_category")}


def load_focus() -> None:
    """The five resellers, and one product per issuer and service of the routing file, at rate 0."""
    keys = {
        code: TaxCategory.objects.create(
            entity=_reseller(code), code="0", content="Cloud services", rate=Decimal(0)
        )
        for code in RESELLERS
    }
    with ROUTING_FILE.open(encoding="utf-8", newline="") as file:
        Product.objects.bulk_create(
            Product(
                sku=product_sku(row["issuer"], row["service"]),
                name=row["product"],
                mode=Product.Mode.POSTPAID,
                tax_category=keys[row["entity"]],
            )
            for row in csv.DictReader(file)
        )


def _seller(code: str) -> InvoicingEntity:
    name, tax_id, address, phone, bank, account = SELLERS[code]
    return InvoicingEntity.objects.create(
        code=code,
        name=name,
        tax_id=tax_id,
        address=address,
        phone=phone,
        bank=bank,
        bank_account=account,
        return_recipient="财务部退票组",
        return_postcode="000000",
    )


def _reseller(code: str) -> InvoicingEntity:
    name, registration, country, address = RESELLERS[code]
    return InvoicingEntity.objects.create(
        code=code, name=name, tax_id=registration, country=country, address=address
    )
