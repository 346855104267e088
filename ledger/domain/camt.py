"""Bank statements as camt.053, any version of it: XML is read as it streams, without DTD or entities.

An entry with several transactions (a batch) becomes a line for each, where they add up to it; else
the entry is one line, because its amount is what was booked. The reference is the one the bank's
servicing gave (`AcctSvcrRef`), of the transaction or of the entry.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import IO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from finance_console.kernel.errors import gettext_noop as _
from ledger.domain import bank_files
from ledger.domain.bank_encodings import Recoded, xml_encoding
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Part, Problem, Read
from ledger.domain.xml_elements import all_at, content_of, name_of, one_at, text_at

BOOKED = "BOOK"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
DEEPEST = 40
MOST_PARTS = 500_000  # elements that are kept at one time: those of one entry
MOST_ELEMENTS = 4_000_000  # of the whole file: a full one has some forty to a line
ENVELOPES = ("BizMsgEnvlp", "BizMsg", "BusMsg", "RequestPayload", "Envelope", "Body", "Message")


def read(stream: IO[bytes]) -> Read:
    """The head of the first statement of a camt.053 file, and what follows it, in order.

    Raises Problem, now or while the lines are read, when the file as a whole makes no sense:
    no statement, no account, broken XML.
    """
    statements = _statements(_parts(stream))
    first = next(statements)
    assert isinstance(first, Head)  # a statement begins with its head
    return first, statements


def _parts(stream: IO[bytes]) -> Iterator[Element]:
    """Each statement's Stmt (still empty), then its FrToDt, Acct, Bal and Ntry, complete; what was
    read is forgotten."""
    path: list[Element] = []
    statements = kept = count = 0
    try:
        encoding = xml_encoding(stream)
        source = Recoded(stream, encoding) if encoding else Bounded(stream)
        parser = DefusedXMLParser(
            target=TreeBuilder(), encoding="utf-8" if encoding else None, forbid_dtd=True
        )
        for event, element in iterparse(source, events=("start", "end"), parser=parser):
            if event == "start":
                _check_place(path, element)
                path.append(element)
                kept, count = kept + 1, count + 1
                if count > MOST_ELEMENTS:
                    raise Problem(_("it has too many parts."))
                if kept > MOST_PARTS:
                    raise Problem(_("one of its entries has too many parts."))
                if name_of(element) == "Stmt":
                    statements += 1
                    yield element
                continue
            path.pop()
            if path and name_of(path[-1]) == "Stmt":
                if name_of(element) in ("FrToDt", "Acct", "Bal", "Ntry"):
                    yield element
                path[-1].remove(element)
                kept = len(path)
            elif path and name_of(element) in ("Stmt", "GrpHdr", "AppHdr"):
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
    """The document may lie in an envelope; a Stmt stands nowhere but in its BkToCstmrStmt."""
    if not path and name_of(element) not in ("Document", *ENVELOPES):
        raise Problem(_("it holds no statement (camt.053)."))
    if len(path) > DEEPEST:
        raise Problem(_("its elements are nested too deeply."))


def _statements(parts: Iterator[Element]) -> Iterator[Part]:
    """The head of each statement and its lines."""
    about: list[Element] = []
    head: Head | None = None
    number = count = 0
    for part in parts:
        if name_of(part) == "Stmt":
            if about or number:
                yield from () if head else (_head(about, None),)
            about, head = [part], None
        elif name_of(part) != "Ntry":
            about.append(part)
        else:
            number += 1
            if head is None:
                head = _head(about, part)
                balance = head.opening
                yield head
            try:
                for line in _entry(number, part, head):
                    count += 1
                    balance = None if balance is None else balance + line.amount
                    yield replace(line, balance=balance)
            except Problem as problem:
                yield BadLine(number, problem)
            if count > bank_files.MOST_LINES:
                raise Problem(_("it has more than %(limit)s lines."), limit=bank_files.MOST_LINES)
    if head is None:
        yield _head(about, None)


def _head(parts: list[Element], entry: Element | None) -> Head:
    """The head out of what comes before the first entry, and that entry."""
    account = currency = ""
    balances: dict[str, Decimal] = {}
    begins = ends = None
    for part in parts:
        if name_of(part) == "Acct":
            account = bank_files.account_number(_account(part))
            currency = text_at(part, "Ccy")
        elif name_of(part) == "FrToDt":
            begins, ends = _period(part)
        elif name_of(part) == "Bal":
            code = one_at(part, "Amt")
            currency = currency or ("" if code is None else code.get("Ccy", ""))
            _keep_balance(part, currency, balances)
    if not account:
        raise Problem(_("it does not say which account it is of."))
    if entry is not None and not currency:
        currency = _amount(entry)[1]
    return Head(
        account,
        bank_files.known_currency(currency),
        next((balances[code] for code in OPENING if code in balances), None),
        next((balances[code] for code in CLOSING if code in balances), None),
        begins,
        ends,
    )


def _keep_balance(part: Element, currency: str, balances: dict[str, Decimal]) -> None:
    """A balance that is no number, or of another currency, is as if it were not there."""
    try:
        amount, code = _amount(part)
    except Problem:
        return
    if code == currency:
        balances.setdefault(text_at(part, "Tp", "CdOrPrtry", "Cd"), amount)


def _period(part: Element) -> tuple[datetime | None, datetime | None]:
    """From when until when; days are whole. Nothing where it makes no sense or has no length."""
    try:
        begins = _moment(text_at(part, "FrDtTm") or text_at(part, "FrDt"))
        last = text_at(part, "ToDt")
        ends = _moment(last) + timedelta(days=1) if last else _moment(text_at(part, "ToDtTm"))
        return (begins, ends) if begins < ends else (None, None)
    except (ValueError, OverflowError):
        return None, None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _entry(number: int, entry: Element, head: Head) -> list[Line]:
    """The lines of one entry; none when it is not booked. Raises Problem."""
    if (text_at(entry, "Sts", "Cd") or text_at(entry, "Sts")) != BOOKED:
        return []
    total = _money(entry, head)
    if not total:
        return []
    details = list(all_at(entry, "NtryDtls", "TxDtls"))
    if len(details) < 2:
        return [_line(number, entry, details[0] if details else entry, total, "")]
    try:
        amounts = [_detail_amount(detail, total, head) for detail in details]
    except Problem:  # of another currency, or not said: the entry's amount is what counts
        amounts = []
    if sum(amounts) != total:
        return [_line(number, entry, entry, total, "")]
    return [
        _line(number, entry, detail, amount, f"/{nth}")
        for nth, (detail, amount) in enumerate(zip(details, amounts, strict=True), start=1)
        if amount
    ]


def _line(number: int, entry: Element, detail: Element, amount: Decimal, nth: str) -> Line:
    whole = text_at(entry, "AcctSvcrRef")
    own = "" if detail is entry else text_at(detail, "Refs", "AcctSvcrRef")
    parties = one_at(detail, "RltdPties")
    days = ((part, form) for part in ("BookgDt", "ValDt") for form in ("Dt", "DtTm"))
    booked = next((said for path in days if (said := text_at(entry, *path))), "")
    if not booked:
        raise Problem(_("the booking date is missing."))
    return Line(
        number=number,
        reference=bank_files.identifier(
            own or (whole and whole + nth) or text_at(detail, "Refs", "EndToEndId")
        ),
        amount=amount,
        booked_on=bank_files.day(booked),
        payer=bank_files.words(_payer(parties), 140),
        payer_account=bank_files.account_number(_account(one_at(parties, "DbtrAcct"))),
        paid_into=bank_files.account_number(_account(one_at(parties, "CdtrAcct"))),
        remittance=bank_files.words(_remittance(entry, detail), 300),
        undoes=text_at(entry, "RvslInd") in ("true", "1") or one_at(detail, "RtrInf") is not None,
    )


def _payer(parties: Element | None) -> str:
    names = (
        text_at(parties, who, *path)
        for who in ("Dbtr", "UltmtDbtr")
        for path in (("Pty", "Nm"), ("Nm",))
    )
    return next((name for name in names if name), "")


def _remittance(entry: Element, detail: Element) -> str:
    """What the payer wrote, the creditor references; without either, what the bank adds."""
    said = [content_of(part) for part in all_at(detail, "RmtInf", "Ustrd")]
    said += [content_of(part) for part in all_at(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref")]
    return " ".join(said) or text_at(detail, "AddtlTxInf") or text_at(entry, "AddtlNtryInf")


def _detail_amount(detail: Element, total: Decimal, head: Head) -> Decimal:
    """The signed amount of one transaction; without a direction of its own, that of its entry."""
    element = detail if one_at(detail, "Amt") is not None else one_at(detail, "AmtDtls", "TxAmt")
    if element is None:
        raise Problem(_("a transaction has no amount."))
    amount = abs(_money(element, head))
    direction = text_at(detail, "CdtDbtInd") or ("DBIT" if total < 0 else "CRDT")
    return -amount if direction == "DBIT" else amount


def _money(part: Element, head: Head) -> Decimal:
    amount, currency = _amount(part)
    if currency != head.currency:
        raise Problem(_("it is of another account or currency than the first line."))
    return amount


def _amount(part: Element) -> tuple[Decimal, str]:
    """The signed amount of a part with Amt and CdtDbtInd, and its currency."""
    element = one_at(part, "Amt")
    if element is None:
        raise Problem(_("the amount is missing."))
    currency = bank_files.known_currency(element.get("Ccy", ""))
    amount = bank_files.amount(content_of(element), currency)
    direction = text_at(part, "CdtDbtInd")
    return (-amount if direction == "DBIT" else amount), currency


def _account(part: Element | None) -> str:
    """IBAN, or whatever number the account has."""
    return text_at(part, "Id", "IBAN") or text_at(part, "Id", "Othr", "Id")
