"""Whose money a line of a bank statement is, and making a recharge of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, Max
from django.utils.translation import gettext

from accounts.messages.outbox import enqueue
from accounts.models import Certification, CustomerAccount, User
from finance_console.kernel.calendar import local_time
from finance_console.kernel.writing import in_currency
from ledger.domain.bank_files import Head, Line
from ledger.domain.confidence import MOST
from ledger.models import BankLine, DedicatedAccount, Recharge
from ledger.queries.payers import suggestions_for
from ledger.services.control.locking_periods import locked_through
from ledger.services.recharges.receiving import record_recharge

CHUNK = 1_000


def find_owners(head: Head, lines: Sequence[Line]) -> list[CustomerAccount | None]:
    """The customer of each line, where that is certain.

    Certain is the dedicated account that was paid into. Without one, it is the payer's name, if
    exactly one company is certified under it now; people may share a name, so theirs is never
    enough. An account that is closed or kept in another currency is not an owner.
    """
    owners: list[CustomerAccount | None] = []
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        by_number = _by_number({line.paid_into for line in chunk} - {""})
        named = [line for line in chunk if line.paid_into in ("", head.account)]
        by_name = _by_name({line.payer for line in named} - {""})
        for line in chunk:
            if line.paid_into in ("", head.account) and line.paid_into not in by_number:
                owner = by_name.get(line.payer)
            else:
                owner = by_number.get(line.paid_into)
            fits = owner and not owner.is_closed and owner.currency == head.currency
            owners.append(owner if fits and line.amount > 0 and not line.undoes else None)
    return owners


@dataclass(frozen=True, slots=True)
class Likely:
    """Who probably paid, how sure that is (percent), and why."""

    customer: CustomerAccount
    confidence: int
    reason: str


def find_likely(head: Head, lines: Sequence[Line]) -> list[Likely | None]:
    """The likely customer of each line, where it is as sure as `BANK_BOOK_FROM` asks for.

    Never of money that was paid into another account than the statement's own, goes out, or is a reversal.
    """
    likely: list[Likely | None] = [None] * len(lines)
    open_lines = [
        (place, line)
        for place, line in enumerate(lines)
        if line.amount > 0 and not line.undoes and line.paid_into in ("", head.account)
    ]
    if settings.BANK_BOOK_FROM > MOST:
        return likely
    for start in range(0, len(open_lines), CHUNK):
        chunk = open_lines[start : start + CHUNK]
        suggested = suggestions_for([line for _place, line in chunk], head.currency)
        for (place, _line), found in zip(chunk, suggested, strict=True):
            if found and found[0].confidence >= settings.BANK_BOOK_FROM:
                likely[place] = Likely(found[0].customer, found[0].confidence, str(found[0].reason))
    return likely


def _by_number(numbers: set[str]) -> dict[str, CustomerAccount]:
    accounts = DedicatedAccount.objects.filter(number__in=numbers).select_related("customer")
    return {row.number: row.customer for row in accounts}


def _by_name(names: set[str]) -> dict[str, CustomerAccount]:
    """Companies by certified name, where a name is that of exactly one."""
    current = (
        Certification.objects.filter(name__in=names)
        .exclude(customer__kind=CustomerAccount.Kind.INDIVIDUAL)
        .annotate(newest=Max("customer__certifications__version"))
        .filter(version=F("newest"))
        .select_related("customer")
    )
    owners_by_name: dict[str, list[CustomerAccount]] = {}
    for row in current:
        owners_by_name.setdefault(row.name, []).append(row.customer)
    return {name: owners[0] for name, owners in owners_by_name.items() if len(owners) == 1}


def make_recharge(
    *,
    line: BankLine,
    customer: CustomerAccount,
    by: User | None,
    at: datetime,
    likely: Likely | None = None,
) -> Recharge:
    """The unmatched `line` is a recharge of `customer`, as of the day the bank booked it.

    Runs in the caller's transaction, under the locks of the customer and of the line. If the
    books are locked for that day, or it has not come, it counts from `at`; the recharge keeps the
    booking day beside it. A line whose recharge was reversed can
    be matched again. `likely`: nobody decided it; the line keeps how sure it was and why.
    Raises what `record_recharge` raises.
    """
    before = Recharge.objects.filter(
        customer=customer, transfer__reference__startswith=f"recharge:{_reference(line)}"
    ).count()
    recharge = record_recharge(
        customer=customer,
        amount=line.amount,
        channel=Recharge.Channel.BANK_TRANSFER,
        reference=_reference(line) + (f"{before + 1}" if before else ""),
        at=at,
        booked_at=_booked_at(line, customer, at),
        booked_on=line.booked_on,
    )
    line.match(recharge=recharge, at=at)
    line.decided_by = None if likely else by
    line.reason = _by_itself(likely) if likely else ""
    line.save()
    enqueue(
        customer=customer,
        topic="recharge_received",
        about=recharge.transfer.reference,
        values={"amount": in_currency(line.amount, line.currency)},
        at=at,
    )
    return recharge


def _by_itself(likely: Likely) -> str:
    words = gettext("By the system, %(percent)s %% sure: %(why)s")
    return (words % {"percent": likely.confidence, "why": likely.reason})[:200]


def _reference(line: BankLine) -> str:
    """Names the line in the customer's books; ends with a stroke, so that none begins another."""
    return f"{line.reference}/{line.pk}/"


def _booked_at(line: BankLine, customer: CustomerAccount, at: datetime) -> datetime:
    locked = locked_through()
    if locked is not None and line.booked_on <= locked:
        return at
    return min(local_time(line.booked_on, 0, customer.tz), at)
