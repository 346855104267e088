"""The XML form of a digital e-invoice, blue and red: one element `EInvoice`, UTF-8, no namespace, without a signature.

The tax platform signs what it issues; nobody else can. So what is written here carries no signature element and, when it
comes from the sandbox channel, says that it is a specimen. `xml_reading` reads it back.
"""

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from invoicing.documents.figures import NO_TAX, NOT_TAXABLE, price_text
from invoicing.documents.snapshot import InvoiceSnapshot, Party, SnapshotLine
from invoicing.domain.wording import amount_in_words

VERSION = "0.32"
KINDS = {"special": ("01", "增值税专用发票"), "general": ("02", "普通发票")}
SPECIMEN = ("样张标签", "SPECIMEN", "样张：由沙箱通道生成，不是税务凭证")
PAPER = ("票面形式标签", "PAPER", "数电纸质发票")
_ISSUED_HOW = ("发票开具方式标签", "1", "平台开票")


def render_einvoice(snapshot: InvoiceSnapshot) -> bytes:
    """The EInvoice XML of `snapshot`; the same snapshot gives the same bytes."""
    root = Element("EInvoice")
    root.append(_header(snapshot))
    data = ElementTree.SubElement(root, "EInvoiceData")
    data.append(_party("Seller", snapshot.seller))
    data.append(_party("Buyer", snapshot.buyer))
    data.append(_basics(snapshot))
    data.extend(_line(line) for line in snapshot.lines)
    data.append(_specific(snapshot))
    data.append(_tree("AdditionalInformation", Remark=snapshot.printed_remarks))
    root.append(_tree("SellerAuthentication", AuthenticationMethods="01"))
    root.append(_supervision(snapshot))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def as_filed(snapshot: InvoiceSnapshot) -> InvoiceSnapshot:
    """`snapshot` as its XML tells it, which is what reading the file gives back.

    The form has no place for countries and links; it holds the remarks and the prices that are printed.
    """
    return replace(
        snapshot,
        seller=replace(snapshot.seller, country="CN"),
        buyer=replace(snapshot.buyer, country="CN"),
        lines=tuple(
            replace(line, unit_price=Decimal(price_text(line)) if line.quantity else None)
            for line in snapshot.lines
        ),
        remarks=snapshot.printed_remarks,
        verify_url="",
    )


def item_name(line: SnapshotLine) -> str:
    """`*short name*content`. Without a short name the stars are written only where the content could be mistaken."""
    if line.short_name or line.content.startswith("*"):
        return f"*{line.short_name}*{line.content}"
    return line.content


def _header(snapshot: InvoiceSnapshot) -> Element:
    header = _tree(
        "Header",
        EIid=snapshot.number,
        EInvoiceTag=f"SWEI{snapshot.number[2:4]}00",
        Version=VERSION,
    )
    labels = ElementTree.SubElement(header, "InherentLabel")
    labels.append(_label("InIssuType", "N" if snapshot.gross < 0 else "Y", "是否蓝字发票标志"))
    labels.append(_label("EInvoiceType", "01", "电子发票"))
    labels.append(_label("GeneralOrSpecialVAT", *KINDS[snapshot.kind]))
    labels.append(_label("TaxpayerType", "1", "一般纳税人"))
    free = ElementTree.SubElement(header, "UndefinedLabel")
    chosen = [_ISSUED_HOW]
    chosen += [PAPER] if snapshot.medium == "paper" else []
    chosen += [SPECIMEN] if snapshot.specimen else []
    for of, code, name in chosen:
        free.append(_tree("Label", LabelType=of, LabelCode=code, LabelName=name))
    return header


def _party(side: str, party: Party) -> Element:
    values = (
        ("IdNum", party.tax_id),
        ("Name", party.name),
        ("Addr", party.address),
        ("TelNum", party.phone),
        ("BankName", party.bank),
        ("BankAccNum", party.bank_account),
    )
    return _tree(f"{side}Information", **{f"{side}{name}": value for name, value in values})


def _basics(snapshot: InvoiceSnapshot) -> Element:
    figures = {
        "TotalAmWithoutTax": str(snapshot.net),
        "TotalTaxAm": str(snapshot.tax),
        "TotalTax-includedAmount": str(snapshot.gross),
        "TotalTax-includedAmountInChinese": amount_in_words(snapshot.gross),
        "Drawer": snapshot.drawer,
        "RequestTime": f"{snapshot.issued_on.isoformat()} 00:00:00",
    }
    return _tree("BasicInformation", **figures)


def _line(line: SnapshotLine) -> Element:
    row = _tree("IssuItemInformation", ItemName=item_name(line))
    values = {
        "SpecMod": line.model,
        "MeaUnits": line.unit,
        "Quantity": "" if line.quantity is None else format(line.quantity, "f"),
        "UnPrice": price_text(line),
        "Amount": str(line.net),
        "TaxRate": NOT_TAXABLE if line.rate is None else format(line.rate, "f"),
        "ComTaxAm": NO_TAX if line.rate is None else str(line.tax),
        "TotaltaxIncludedAmount": str(line.gross),
        "TaxClassificationCode": line.tax_code,
    }
    for tag, value in values.items():
        ElementTree.SubElement(row, tag).text = value
    return row


def _specific(snapshot: InvoiceSnapshot) -> Element:
    """Empty for a blue invoice; a red one names its original and, if there is one, the confirmation."""
    specific = Element("SpecificInformation")
    values = {
        "OriginalInvoiceCode": snapshot.credit_of,
        "CreditNoteNumber": snapshot.red_confirmation,
    }
    given = {tag: value for tag, value in values.items() if value is not None}
    if given:
        specific.append(_tree("RedEInvoice", **given))
    return specific


def _supervision(snapshot: InvoiceSnapshot) -> Element:
    return _tree(
        "TaxSupervisionInfo",
        InvoiceNumber=snapshot.number,
        IssueTime=snapshot.issued_on.isoformat(),
        TaxBureauCode=f"1{snapshot.number[2:4]}00000000",
        TaxBureauName="沙箱通道（样张，不是税务凭证）" if snapshot.specimen else "",
    )


def _label(tag: str, code: str, name: str) -> Element:
    return _tree(tag, LabelCode=code, LabelName=name)


def _tree(tag: str, /, **texts: str) -> Element:
    """An element with one child for each text."""
    element = Element(tag)
    for name, value in texts.items():
        ElementTree.SubElement(element, name).text = value
    return element
