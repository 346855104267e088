"""Reading the EInvoice XML back, by full path only: a vehicle's plate number or a second total never counts."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal
from xml.etree.ElementTree import Element

from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.figures import NO_TAX, NOT_TAXABLE
from invoicing.documents.snapshot import InvoiceSnapshot, Kind, Party, SnapshotLine
from invoicing.documents.xml import KINDS, PAPER, SPECIMEN
from invoicing.documents.xml_safe import InvalidDocument, parse, text
from invoicing.domain.wording import amount_in_words

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_CLOCK = r"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?"
_DATE = re.compile(
    rf"(\d{{4}})-(\d{{2}})-(\d{{2}}){_CLOCK}|(\d{{4}})(\d{{2}})(\d{{2}})(?:\d{{6}})?|(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日",
    re.A,
)
_BASICS = "EInvoiceData/BasicInformation"
_RED = "EInvoiceData/SpecificInformation/RedEInvoice"


def read_einvoice(content: bytes) -> InvoiceSnapshot:
    """The invoice that `xml.render_einvoice` wrote, every figure checked again: `as_filed` of its snapshot.

    Raises `InvalidDocument`. For files of other origin see `xml_import`.
    """
    root = parse(content)
    if root.tag != "EInvoice":
        raise InvalidDocument("The file is not an EInvoice.")
    labels = root.findall("Header/UndefinedLabel/Label")
    codes = {(text(label, "LabelType"), text(label, "LabelCode")) for label in labels}
    try:
        snapshot = InvoiceSnapshot(
            number=text(root, "TaxSupervisionInfo/InvoiceNumber"),
            kind=_kind(root),
            medium="paper" if PAPER[:2] in codes else "electronic",
            issued_on=day(text(root, f"{_BASICS}/RequestTime")),
            seller=_party(root, "Seller"),
            buyer=_party(root, "Buyer"),
            lines=tuple(_line(row) for row in root.findall("EInvoiceData/IssuItemInformation")),
            net=number(text(root, f"{_BASICS}/TotalAmWithoutTax")),
            tax=number(text(root, f"{_BASICS}/TotalTaxAm")),
            gross=number(text(root, f"{_BASICS}/TotalTax-includedAmount")),
            drawer=text(root, f"{_BASICS}/Drawer"),
            remarks=text(root, "EInvoiceData/AdditionalInformation/Remark"),
            specimen=SPECIMEN[:2] in codes,
            credit_of=_maybe(root, f"{_RED}/OriginalInvoiceCode"),
            red_confirmation=_maybe(root, f"{_RED}/CreditNoteNumber"),
        )
    except InvalidSnapshot as problem:
        raise InvalidDocument(str(problem)) from problem
    _check(root, snapshot)
    return snapshot


def number(written: str) -> Decimal:
    """An amount in digits, at most 40 on each side of the point. Raises `InvalidDocument` for anything else."""
    if _NUMBER.fullmatch(written) is None:
        raise InvalidDocument(f"{written[:40]!r} is not a number.")
    try:
        return Decimal(written)
    except InvalidOperation:
        raise InvalidDocument(f"{written[:40]!r} is not a number.") from None


def day(written: str) -> date:
    """The date of `2026-03-05`, `2026-03-05 10:20:30`, `20260305` or `2026年03月05日`. Raises `InvalidDocument`."""
    match = _DATE.fullmatch(written.strip())
    try:
        if match is not None:
            return date(*map(int, filter(None, match.groups())))
    except ValueError:
        pass
    raise InvalidDocument(f"{written[:40]!r} is not a date.")


def split_name(written: str) -> tuple[str, str]:
    """`*short name*content` as its two parts."""
    match = re.fullmatch(r"\*([^*]*)\*(.+)", written, re.DOTALL)
    return (match[1], match[2]) if match else ("", written)


def _kind(root: Element) -> Kind:
    code = text(root, "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode")
    kinds: tuple[Literal["special"], Literal["general"]] = ("special", "general")
    for kind in kinds:
        if KINDS[kind][0] == code:
            return kind
    raise InvalidDocument(f"The file is neither a general nor a special invoice: {code[:40]!r}.")


def _party(root: Element, side: str) -> Party:
    def value(name: str) -> str:
        return text(root, f"EInvoiceData/{side}Information/{side}{name}")

    return Party(
        name=value("Name"),
        tax_id=value("IdNum"),
        address=value("Addr"),
        phone=value("TelNum"),
        bank=value("BankName"),
        bank_account=value("BankAccNum"),
    )


def _line(row: Element) -> SnapshotLine:
    short_name, content = split_name(text(row, "ItemName"))
    rate, tax = text(row, "TaxRate"), text(row, "ComTaxAm")
    quantity, price = text(row, "Quantity"), text(row, "UnPrice")
    return SnapshotLine(
        content=content,
        tax_code=text(row, "TaxClassificationCode"),
        short_name=short_name,
        net=number(text(row, "Amount")),
        rate=None if rate == NOT_TAXABLE else number(rate),
        tax=Decimal(0) if tax == NO_TAX else number(tax),
        gross=number(text(row, "TotaltaxIncludedAmount")),
        model=text(row, "SpecMod"),
        unit=text(row, "MeaUnits"),
        quantity=number(quantity) if quantity else None,
        unit_price=number(price) if price else None,
    )


def _maybe(root: Element, path: str) -> str | None:
    return None if root.find(path) is None else text(root, path)


def _check(root: Element, snapshot: InvoiceSnapshot) -> None:
    """What the file says twice must be the same twice."""
    red = text(root, "Header/InherentLabel/InIssuType/LabelCode") == "N"
    told_twice = (
        ("number", text(root, "Header/EIid"), snapshot.number),
        (
            "amount in words",
            text(root, f"{_BASICS}/TotalTax-includedAmountInChinese"),
            amount_in_words(snapshot.gross),
        ),
        ("date", day(text(root, "TaxSupervisionInfo/IssueTime")), snapshot.issued_on),
        ("sign", red, snapshot.gross < 0),
    )
    for what, stated, wanted in told_twice:
        if stated != wanted:
            raise InvalidDocument(f"The {what} of the file contradicts its figures: {stated!r}.")
