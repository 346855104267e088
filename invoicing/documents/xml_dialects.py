"""Where each dialect of invoice XML keeps its figures: full paths, the first that says something counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

Kind = Literal["special", "general", ""]
Paths = tuple[str, ...]
_EDRM = "{http://www.edrm.org.cn/schema/e-invoice/2019}"


@dataclass(frozen=True)
class LineTags:
    """Where a row keeps its figures."""

    content: Paths
    net: Paths
    tax: Paths
    rate: Paths
    quantity: Paths = ()
    unit: Paths = ()


@dataclass(frozen=True)
class Dialect:
    """`speaks` tells from the root whether a file is in this dialect, `kind` reads its word for the kind.

    `rows` and `line` are empty where no source says how the dialect writes rows.
    """

    name: str
    speaks: Callable[[Element], bool]
    paths: Mapping[str, Paths]
    kind: Callable[[str], Kind]
    rows: str = ""
    line: LineTags | None = None
    signature: str = ""


def _kind_of_code(code: str) -> Kind:
    kinds: Mapping[str, Kind] = {"01": "special", "02": "general"}
    return kinds.get(code, "")


def _kind_of_words(words: str) -> Kind:
    if "专用" in words:
        return "special"
    return "general" if "普通" in words else ""


def _kind_unknown(_: str) -> Kind:
    return ""


_DATA = "EInvoiceData"
_BASICS = f"{_DATA}/BasicInformation"
EINVOICE = Dialect(
    name="einvoice",
    speaks=lambda root: root.tag == "EInvoice",
    paths={
        "number": ("TaxSupervisionInfo/InvoiceNumber", "Header/EIid"),
        "kind": ("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode",),
        "issued_on": (f"{_BASICS}/RequestTime", "TaxSupervisionInfo/IssueTime"),
        "seller": (f"{_DATA}/SellerInformation/SellerName",),
        "seller_id": (f"{_DATA}/SellerInformation/SellerIdNum",),
        "buyer": (f"{_DATA}/BuyerInformation/BuyerName",),
        "buyer_id": (f"{_DATA}/BuyerInformation/BuyerIdNum",),
        "net": (f"{_BASICS}/TotalAmWithoutTax",),
        "tax": (f"{_BASICS}/TotalTaxAm",),
        "gross": (f"{_BASICS}/TotalTax-includedAmount",),
        "remarks": (f"{_DATA}/AdditionalInformation/Remark",),
        "credit_of": (f"{_DATA}/SpecificInformation/RedEInvoice/OriginalInvoiceCode",),
    },
    rows=f"{_DATA}/IssuItemInformation",
    line=LineTags(
        content=("ItemName",),
        net=("Amount",),
        tax=("ComTaxAm",),
        rate=("TaxRate",),
        quantity=("Quantity",),
        unit=("MeaUnits",),
    ),
    kind=_kind_of_code,
    signature="TaxBureauSignature",
)
CHINESE = Dialect(
    name="chinese",
    speaks=lambda root: root.tag in ("发票", "电子发票") and root.find("发票号码") is not None,
    paths={
        "number": ("发票号码",),
        "code": ("发票代码",),
        "kind": ("发票类型",),
        "issued_on": ("开票日期",),
        "seller": ("销售方名称", "销售方信息/销售方名称", "销售方信息/名称"),
        "seller_id": (
            "销售方纳税人识别号",
            "销售方信息/统一社会信用代码",
            "销售方信息/纳税人识别号",
        ),
        "buyer": ("购买方名称", "购买方信息/购买方名称", "购买方信息/名称"),
        "buyer_id": (
            "购买方纳税人识别号",
            "购买方信息/统一社会信用代码",
            "购买方信息/纳税人识别号",
        ),
        "net": ("合计金额",),
        "tax": ("合计税额",),
        "gross": ("价税合计",),
        "remarks": ("备注",),
        "credit_of": ("被红冲蓝字发票号码", "被红冲蓝字数电发票号码"),
    },
    kind=_kind_of_words,
    signature="电子签名",
)
PINYIN = Dialect(
    name="pinyin",
    speaks=lambda root: root.find("FPHM") is not None and root.find("JSHJXX") is not None,
    paths={
        "number": ("FPHM",),
        "code": ("FPDM",),
        "kind": ("FPLX",),
        "issued_on": ("KPRQ",),
        "seller": ("XSFMC",),
        "seller_id": ("XSFNSRSBH",),
        "buyer": ("GMFMC",),
        "buyer_id": ("GMFNSRSBH",),
        "net": ("HJJE",),
        "tax": ("HJSE",),
        "gross": ("JSHJXX",),
        "remarks": ("BZ",),
    },
    kind=_kind_of_words,
)


def _edrm(*names: str) -> Paths:
    return ("/".join(f"{_EDRM}{name}" for name in names),)


EDRM_2019 = Dialect(
    name="einvoice-2019",
    speaks=lambda root: root.tag in ("eInvoice", f"{_EDRM}eInvoice"),
    paths={
        "number": _edrm("InvoiceNo"),
        "code": _edrm("InvoiceCode"),
        "issued_on": _edrm("IssueDate"),
        "seller": _edrm("Seller", "SellerName"),
        "seller_id": _edrm("Seller", "SellerTaxID"),
        "buyer": _edrm("Buyer", "BuyerName"),
        "buyer_id": _edrm("Buyer", "BuyerTaxID"),
        "net": _edrm("TaxExclusiveTotalAmount"),
        "tax": _edrm("TaxTotalAmount"),
        "gross": _edrm("TaxInclusiveTotalAmount"),
        "remarks": _edrm("Note"),
    },
    rows=_edrm("GoodsInfos", "GoodsInfo")[0],
    line=LineTags(
        content=_edrm("Item"),
        net=_edrm("Amount"),
        tax=_edrm("TaxAmount"),
        rate=_edrm("TaxScheme"),
        quantity=_edrm("Quantity"),
        unit=_edrm("MeasurementDimension"),
    ),
    kind=_kind_unknown,
    signature=_edrm("Signature")[0],
)
DIALECTS = (EINVOICE, EDRM_2019, PINYIN, CHINESE)
