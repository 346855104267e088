"""Bank statements as camt.053, any version of it: XML is read as it streams, without DTD or entities.

An entry with several transactions (a batch) becomes a line for each. The reference is the one the
bank's servicing gave (`AcctSvcrRef`), of the transaction or of the entry: only that is the same
in every file.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from finance_console.kernel.errors import gettext_noop as _
from ledger.domain import bank_files
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Problem, Read

BOOKED = "BOOK"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
DEEPEST = 40


def read(stream: IO[bytes]) -> Read:
    """The head of a camt.053 file and its booked lines, in order.

    Raises Problem, now or while the lines are read, when the file as a whole makes no sense:
    no statement, more than one, no account, broken XML.
    """
    parts = _parts(Bounded(stream))
    head, first = _head(parts)
    return head, _lines(parts, first, head)


def _parts(stream: Bounded) -> Iterator[Element]:
    """Acct, Bal and Ntry of the one statement, each complete; what was read is forgotten."""
    path: list[Element] = []
    statements = 0
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                _check_place(path, element)
                path.append(element)
                statements += _name(element) == "Stmt"
                if statements > 1:
                    raise Problem(_("it holds several statements: import them one by one."))
                continue
            path.pop()
            if path and _name(path[-1]) == "Stmt":
                if _name(element) in ("Acct", "Bal", "Ntry"):
                    yield element
                path[-1].remove(element)
    except ParseError:
        raise Problem(_("it is not well-formed XML, or it ends too early.")) from None
    except DefusedXmlException:
        raise Problem(_("it declares document types or entities, which are not allowed.")) from None
    except (ValueError, LookupError):
        raise Problem(_("its characters cannot be read.")) from None
    if not statements:
        raise Problem(_("it holds no statement (camt.053)."))


def _check_place(path: list[Element], element: Element) -> None:
    if not path and _name(element) != "Document":
        raise Problem(_("it holds no statement (camt.053)."))
    if len(path) > DEEPEST:
        raise Problem(_("its elements are nested too deeply."))


def _head(parts: Iterator[Element]) -> tuple[Head, Element | None]:
    """The head out of what comes before the first entry, and that entry."""
    account = currency = ""
    balances: dict[str, Decimal] = {}
    entry = None
    for part in parts:
        if _name(part) == "Acct":
            account = bank_files.account_number(_account(part))
            currency = _text(part, "Ccy")
        elif _name(part) == "Bal":
            amount, code = _amount(part)
            currency = currency or code
            balances[_text(part, "Tp", "CdOrPrtry", "Cd")] = amount
        else:
            entry = part
            break
    if not account:
        raise Problem(_("it does not say which account it is of."))
    if entry is not None and not currency:
        currency = _amount(entry)[1]
    head = Head(
        account,
        bank_files.known_currency(currency),
        next((balances[code] for code in OPENING if code in balances), None),
        next((balances[code] for code in CLOSING if code in balances), None),
    )
    return head, entry


def _lines(parts: Iterator[Element], first: Element | None, head: Head) -> Iterator[Line | BadLine]:
    number = count = 0
    entry = first
    while entry is not None:
        number += 1
        try:
            for line in _entry(number, entry, head):
                count += 1
                yield line
        except Problem as problem:
            yield BadLine(number, problem)
        if count > bank_files.MOST_LINES:
            raise Problem(_("it has more than %(limit)s lines."), limit=bank_files.MOST_LINES)
        entry = next((part for part in parts if _name(part) == "Ntry"), None)


def _entry(number: int, entry: Element, head: Head) -> list[Line]:
    """The lines of one entry; none when it is not booked. Raises Problem."""
    if (_text(entry, "Sts", "Cd") or _text(entry, "Sts")) != BOOKED:
        return []
    total = _money(entry, head)
    if not total:
        raise Problem(_("the amount is zero."))
    details = list(_all(entry, "NtryDtls", "TxDtls"))
    if len(details) < 2:
        return [_line(number, entry, details[0] if details else entry, total, "")]
    amounts = [_detail_amount(detail, total, head) for detail in details]
    if sum(amounts) != total:
        raise Problem(_("its transactions do not add up to its amount."))
    return [
        _line(number, entry, detail, amount, f"/{nth}")
        for nth, (detail, amount) in enumerate(zip(details, amounts, strict=True), start=1)
        if amount
    ]


def _line(number: int, entry: Element, detail: Element, amount: Decimal, nth: str) -> Line:
    own = "" if detail is entry else _text(detail, "Refs", "AcctSvcrRef")
    whole = _text(entry, "AcctSvcrRef")
    reference = bank_files.identifier(own or (whole and whole + nth))
    if not reference:
        raise Problem(_("the bank reference is missing."))
    parties = _one(detail, "RltdPties")
    payer = _text(parties, "Dbtr", "Pty", "Nm") or _text(parties, "Dbtr", "Nm")
    booked = _text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm")
    remittance = " ".join(_said(part) for part in _all(detail, "RmtInf", "Ustrd"))
    return Line(
        number=number,
        reference=reference,
        amount=amount,
        booked_on=bank_files.day(booked),
        payer=bank_files.words(payer, 140),
        payer_account=bank_files.account_number(_account(_one(parties, "DbtrAcct"))),
        paid_into=bank_files.account_number(_account(_one(parties, "CdtrAcct"))),
        remittance=bank_files.words(remittance, 300),
    )


def _detail_amount(detail: Element, total: Decimal, head: Head) -> Decimal:
    """The signed amount of one transaction; without a direction of its own, that of its entry."""
    found = detail if _one(detail, "Amt") is not None else _one(detail, "AmtDtls", "TxAmt")
    if found is None:
        raise Problem(_("a transaction has no amount."))
    amount = abs(_money(found, head))
    direction = _text(detail, "CdtDbtInd") or ("DBIT" if total < 0 else "CRDT")
    return -amount if direction == "DBIT" else amount


def _money(part: Element, head: Head) -> Decimal:
    amount, currency = _amount(part)
    if currency != head.currency:
        raise Problem(_("it is of another account or currency than the first line."))
    return amount


def _amount(part: Element) -> tuple[Decimal, str]:
    """The signed amount of a part with Amt and CdtDbtInd, and its currency."""
    found = _one(part, "Amt")
    if found is None:
        raise Problem(_("the amount is missing."))
    currency = bank_files.known_currency(found.get("Ccy", ""))
    amount = bank_files.amount(_said(found), currency)
    direction = _text(part, "CdtDbtInd")
    return (-amount if direction == "DBIT" else amount), currency


def _account(part: Element | None) -> str:
    """IBAN, or whatever number the account has."""
    return _text(part, "Id", "IBAN") or _text(part, "Id", "Othr", "Id")


def _name(element: Any) -> str:
    """The tag without its namespace: the versions of camt.053 differ in it."""
    return str(element.tag).rpartition("}")[2]


def _all(part: Element | None, *path: str) -> Iterator[Element]:
    """The elements below `part` along `path`."""
    if part is None:
        return
    name, *deeper = path
    for child in part:
        if _name(child) == name:
            if deeper:
                yield from _all(child, *deeper)
            else:
                yield child


def _one(part: Element | None, *path: str) -> Element | None:
    return next(_all(part, *path), None)


def _text(part: Element | None, *path: str) -> str:
    return _said(_one(part, *path))


def _said(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()
