"""Bank statements as MT940 (SWIFT), read by the library `mt-940`, a statement at a time.

Each statement begins with its field :20:. The account is that of :25:, the balances those of
:60F: and :62F:; where a statement goes on on another page (:60M:, :62M:), each page is one.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import IO, Any

import mt940
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from finance_console.kernel.errors import gettext_noop as _
from ledger.domain import bank_files
from ledger.domain.bank_files import BadLine, Bounded, Head, Line, Part, Problem, Read

BEGINS = re.compile(rb"\s*(\{1:|:20:)")
STATEMENT = re.compile(r"^:20:", re.MULTILINE)
TAKES = {"D": -1, "RC": -1, "C": 1, "RD": 1}  # RC takes a credit back, RD a debit
LONGEST = 4_000_000


def is_mt940(beginning: bytes) -> bool:
    """Whether a file that begins like this is meant as MT940."""
    return BEGINS.match(beginning.removeprefix(b"\xef\xbb\xbf")) is not None


def read(stream: IO[bytes]) -> Read:
    """The head of the first statement, and what follows. Raises Problem, now or later."""
    statements = _parts(_text(stream))
    first = next(statements, None)
    if not isinstance(first, Head):
        raise Problem(_("it is no MT940 file, or it is broken."))
    return first, statements


def _text(stream: IO[bytes]) -> str:
    content = Bounded(stream).read()
    if len(content) > LONGEST:
        raise Problem(_("it is larger than %(limit)s MB."), limit=LONGEST // 1_000_000)
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    return content.decode("iso-8859-1")


def _parts(text: str) -> Iterator[Part]:
    places = [part.start() for part in STATEMENT.finditer(text)]
    number = 0
    for begin, end in pairwise([*places, len(text)]):
        try:
            part = mt940.parse(text[begin:end])
            head = _head(part.data)
        except Problem:
            raise
        except Exception:  # noqa: BLE001 - the library raises whatever it meets
            raise Problem(_("it is no MT940 file, or it is broken.")) from None
        yield head
        balance = head.opening
        for transaction in part:
            number += 1
            if number > bank_files.MOST_LINES:
                raise Problem(_("it has more than %(limit)s lines."), limit=bank_files.MOST_LINES)
            try:
                amount = _amount(transaction.data, head.currency)
                balance = None if balance is None else balance + amount
                if amount:
                    yield _line(number, transaction.data, amount, balance)
            except Problem as problem:
                yield BadLine(number, problem)


def _head(data: dict[str, Any]) -> Head:
    if not data.get("account_identification"):
        raise Problem(_("the file has no field %(field)s."), field=":25:")
    opening = data.get("final_opening_balance") or data.get("intermediate_opening_balance")
    closing = data.get("final_closing_balance") or data.get("intermediate_closing_balance")
    said = opening or closing
    if not said:
        raise Problem(_("the file has no field %(field)s."), field=":60F:")
    account, currency = str(data["account_identification"]), str(said.amount.currency)
    return Head(
        bank_files.account_number(account.removesuffix(currency)),
        bank_files.known_currency(currency),
        bank_files.amount(f"{opening.amount.amount}", currency) if opening else None,
        bank_files.amount(f"{closing.amount.amount}", currency) if closing else None,
    )


def _amount(data: dict[str, Any], currency: str) -> Decimal:
    amount = bank_files.amount(f"{abs(data['amount'].amount)}", currency)
    sign = TAKES.get(f"{data.get('status')}")
    if sign is None:
        raise Problem(_("it does not say whether money came in or went out."))
    return amount * sign


def _line(number: int, data: dict[str, Any], amount: Decimal, balance: Decimal | None) -> Line:
    """A line of :61: with its :86:."""
    name = " ".join(f"{data.get('applicant_name') or ''}".split())
    account = _iban(name)
    booked = data.get("entry_date") or data["date"]
    said = data.get("purpose") or data.get("transaction_details") or data.get("extra_details")
    return Line(
        number=number,
        reference=bank_files.identifier(
            f"{data.get('bank_reference') or data.get('customer_reference') or ''}"
        ),
        amount=amount,
        booked_on=bank_files.day(date(booked.year, booked.month, booked.day).isoformat()),
        payer=bank_files.words(name.removeprefix(account), 140),
        payer_account=bank_files.account_number(
            account or f"{data.get('gvc_applicant_iban') or ''}"
        ),
        remittance=bank_files.words(f"{said or ''}", 300),
        balance=balance,
        undoes=f"{data.get('status')}".startswith("R"),
    )


def _iban(text: str) -> str:
    """The IBAN with which `text` begins; the library joins the fields ?31 and ?32."""
    for length in range(15, 35):
        try:
            return str(IBAN(text[:length]))
        except SchwiftyException:
            continue
    return ""
