"""The desk for bank lines that nobody could match by themselves: find the customer, or say what it is."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import BankLine
from ledger.services.bank.matching import make_recharge
from ledger.services.operators import DESK, require_operator, require_reason
from ledger.services.recharges.reversing import reverse_recharge


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


@transaction.atomic
def undo_line(*, line: BankLine, original: BankLine, by: User, at: datetime) -> BankLine:
    """The bank took `original` back with `line`: its recharge is reversed, both are set aside.

    Raises `not_permitted` (both the desk and the books are needed where money was credited),
    `not_its_original`, `wrong_state`, and what `reverse_recharge` raises.
    """
    require_operator(by, DESK)
    seen = BankLine.objects.select_related("recharge").get(pk=original.pk)
    if seen.recharge:
        lock_customer(seen.recharge.customer_id)
    pks = sorted((line.pk, original.pk))
    locked = {
        row.pk: row
        for row in BankLine.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    }
    line, original = locked[line.pk], locked[original.pk]
    _require_unmatched(line)
    if original.recharge_id != seen.recharge_id:
        raise DomainError("changed_since_opened")
    if original.pk not in {row.pk for row in originals(line)}:
        raise DomainError("not_its_original")
    reason = gettext("Taken back by the bank: %(line)s") % {"line": line}
    if seen.recharge:
        reverse_recharge(recharge=seen.recharge, reason=reason, by=by, at=at)
        original.refresh_from_db(from_queryset=BankLine.objects.all())
    for row in (original, line):
        row.ignore(reason=reason[:200], at=at)
        row.decided_by = by
        row.save()
    return line


def originals(line: BankLine) -> QuerySet[BankLine]:
    """The movements that `line` may take back: same account and reference, the amount the other way."""
    return (
        BankLine.objects.filter(
            account=line.account,
            currency=line.currency,
            reference=line.reference,
            amount=-line.amount,
            booked_on__lte=line.booked_on,
        )
        .exclude(status=BankLine.Status.IGNORED)
        .order_by("-booked_on", "-pk")
    )


def lock_line(line: BankLine) -> BankLine:
    """The line as it is now, locked until the transaction ends."""
    return BankLine.objects.select_for_update(no_key=True, of=("self",)).get(pk=line.pk)


def _require_unmatched(line: BankLine) -> None:
    if line.status != BankLine.Status.UNMATCHED:
        raise DomainError("wrong_state", state=line.get_status_display())
