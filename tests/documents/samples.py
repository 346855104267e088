"""Invented invoices and proformas for the tests of documents."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoicing.documents.snapshot import (
    InvoiceSnapshot,
    Party,
    ProformaLine,
    ProformaSnapshot,
    SnapshotLine,
)

SELLER = Party(
    "云杉示例科技（北京）有限公司", "91110108MA0EXAMP19", address="北京市海淀区示例路1号"
)
BUYER = Party("青岛海棠示例数据服务有限公司", "91370200MA3C8XTY1Q")
REMARKS = "账期：2026年2月\n购方开户银行:示例银行青岛分行; 银行账号:8000123456789012; "


def line(content: str, gross: str, **fields: Any) -> SnapshotLine:
    """A line at 6 % whose net and tax come from the gross amount."""
    total = Decimal(gross)
    net = (total / Decimal("1.06")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    values: dict[str, Any] = {"tax_code": "3040201030000000000", "short_name": "信息技术服务"}
    values |= {"net": net, "rate": Decimal("0.06"), "tax": total - net, "gross": total} | fields
    return SnapshotLine(content=content, **values)


def invoice(*lines: SnapshotLine, **fields: Any) -> InvoiceSnapshot:
    """A specimen special invoice of three rows unless `lines` and `fields` say otherwise."""
    rows = lines or (
        line("云服务器", "4449.00", model="c6.2xlarge", unit="月", quantity=Decimal(1)),
        line("对象存储服务与内容分发网络加速流量包", "1236.80", unit="GB", quantity=Decimal(820)),
        line("云数据库", "446.70"),
    )
    values: dict[str, Any] = {
        "number": "26991000000000000042",
        "kind": "special",
        "medium": "electronic",
        "issued_on": date(2026, 3, 5),
        "seller": SELLER,
        "buyer": BUYER,
        "lines": rows,
        "drawer": "王晓琪",
        "remarks": REMARKS,
        "specimen": True,
    }
    for field in ("net", "tax", "gross"):
        values[field] = sum(getattr(row, field) for row in rows)
    return InvoiceSnapshot(**(values | fields))


def proforma(**fields: Any) -> ProformaSnapshot:
    """A proforma of three lines in USD from Hong Kong to Singapore unless `fields` say otherwise."""
    lines = fields.pop(
        "lines",
        (
            ProformaLine("Elastic compute, 4 × 8 vCPU", Decimal("4612.35"), "1–28 Feb 2026"),
            ProformaLine("Object storage, 12.4 TB-month", Decimal("285.20"), "1–28 Feb 2026"),
            ProformaLine("Content delivery, 31.7 TB out", Decimal("1902.00"), "1–28 Feb 2026"),
            ProformaLine(
                "Managed PostgreSQL, 2 × high availability", Decimal("1048.06"), "1–28 Feb 2026"
            ),
        ),
    )
    values: dict[str, Any] = {
        "number": "PF-2026-000042",
        "issued_on": date(2026, 3, 5),
        "due_on": date(2026, 4, 4),
        "seller": Party(
            "Spruce Example Cloud (HK) Limited",
            address="18/F, Example Tower, 1 Harbour Example Road, Wan Chai",
            phone="+852 5550 0142",
            bank="Example Bank, Hong Kong",
            bank_account="000-123456-789",
            country="HK",
        ),
        "buyer": Party(
            "Larkfield Analytics Pte. Ltd. 百灵分析",
            "202600042K",
            address="9 Sample Quay #12-34",
            country="SG",
        ),
        "period": "1–28 February 2026",
        "lines": lines,
        "total": sum((row.amount for row in lines), Decimal(0)),
        "currency": "USD",
        "notes": "Bank charges outside Hong Kong are for the payer.",
    }
    return ProformaSnapshot(**(values | fields))
