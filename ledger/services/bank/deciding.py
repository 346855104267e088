"""The desk for bank lines that nobody could match by themselves: find the customer, or say what it is."""

from datetime import datetime

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import BankLine
from ledger.services.bank.matching import make_recharge
from ledger.services.operators import DESK, require_operator, require_reason


@transaction.atomic
def match_line(*, line: BankLine, customer: CustomerAccount, by: User, at: datetime) -> BankLine:
    """The money of `line` is a recharge of `customer`, as of the booking day.

    Raises `not_permitted`, `four_eyes` (`by` belongs to the customer), `wrong_state` when it is
    decided already, `not_incoming`, `wrong_currency`, `account_closed`.
    """
    customer = lock_customer(customer.pk)
    line = lock_line(line)
    require_operator(by, DESK, customer)
    _require_unmatched(line)
    require_open(customer)
    if line.amount <= 0:
        raise DomainError("not_incoming")
    if line.currency != customer.currency:
        raise DomainError("wrong_currency", currency=line.currency, needed=customer.currency)
    make_recharge(line=line, customer=customer, by=by, at=at)
    return line


@transaction.atomic
def ignore_line(*, line: BankLine, reason: str, by: User, at: datetime) -> BankLine:
    """`line` is no recharge: a fee, a payment of ours, money sent back. Says `reason`.

    Raises `not_permitted`, `wrong_state`, `explanation_required`.
    """
    line = lock_line(line)
    require_operator(by, DESK)
    _require_unmatched(line)
    line.ignore(reason=require_reason(reason), at=at)
    line.decided_by = by
    line.save()
    return line


def lock_line(line: BankLine) -> BankLine:
    """The line as it is now, locked until the transaction ends."""
    return BankLine.objects.select_for_update(no_key=True, of=("self",)).get(pk=line.pk)


def _require_unmatched(line: BankLine) -> None:
    if line.status != BankLine.Status.UNMATCHED:
        raise DomainError("wrong_state", state=line.get_status_display())
