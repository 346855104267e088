"""What must hold before cash leaves: enough of it, within the limits, seen by four eyes."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum

from accounts.models import CustomerAccount, Membership, User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.models import Recharge, Withdrawal
from ledger.ports.payout import BankAccount, certified_account
from ledger.queries.balances import active_holds, withdrawable
from ledger.services.funds.lots import Take
from ledger.services.payouts.holding import held

PERMISSION = "ledger.change_withdrawal"
Status, Route = Withdrawal.Status, Withdrawal.Route
CAME_BACK = (Status.FAILED, Status.REJECTED)


def require_withdrawable(customer: CustomerAccount, amount: Decimal) -> None:
    """Raises `withdrawal_held` where a hold is in the way, else `insufficient_balance`."""
    leaving = withdrawable(customer)
    if amount <= leaving.available:
        return
    if leaving.held and amount <= leaving.available + leaving.held:
        raise held(list(active_holds(customer)), available=leaving.available)
    raise DomainError(
        "insufficient_balance", says="leaves_too_much", balance=leaving.available, needed=amount
    )


def require_within_limits(customer: CustomerAccount, amount: Decimal, at: datetime) -> None:
    """The smallest amount, and how often and how much a day of the customer allows.

    What failed or was rejected does not count. Raises `below_minimum`, `daily_limit`.
    """
    if amount < settings.WITHDRAWAL_MINIMUM:
        raise DomainError("below_minimum", minimum=settings.WITHDRAWAL_MINIMUM)
    midnight = datetime.combine(at.astimezone(customer.tz).date(), time(), customer.tz)
    today = customer.withdrawals.filter(
        requested_at__gte=midnight, requested_at__lt=midnight + timedelta(days=1)
    ).exclude(status__in=CAME_BACK)
    asked = today.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    count, most = settings.WITHDRAWAL_DAILY_COUNT, settings.WITHDRAWAL_DAILY_AMOUNT
    if today.count() >= count or asked + amount > most:
        raise DomainError("daily_limit", count=count, amount=most)


def require_member(customer: CustomerAccount, by: User | None) -> None:
    """Whoever asks acts for the customer; None is the system. Raises `not_permitted`."""
    if by is None:
        return
    mine = by.memberships.filter(customer=customer, role=Membership.Role.FINANCE)
    if not by.is_active or not mine.exists():
        raise DomainError("not_permitted")


def require_checker(withdrawal: Withdrawal, by: User, *, releases: bool = False) -> None:
    """Maker and checker differ: not who asked, nobody of the customer.

    `releases`: above the threshold whoever lets the money go is not who reviewed it either.
    Raises `not_permitted`, `four_eyes`.
    """
    if not by.is_active or not by.has_perm(PERMISSION):
        raise DomainError("not_permitted")
    member = Membership.objects.filter(user=by, customer=withdrawal.customer_id).exists()
    if member or by.pk == withdrawal.requested_by_id:
        raise DomainError("four_eyes")
    if releases and needs_two(withdrawal) and by.pk == withdrawal.reviewed_by_id:
        raise DomainError("four_eyes")


def needs_two(withdrawal: Withdrawal) -> bool:
    """Whether one person reviews it and another one pays it."""
    threshold: Decimal = settings.WITHDRAWAL_TWO_REVIEWERS_ABOVE
    return bool(withdrawal.amount.amount > threshold)


def destinations(
    customer: CustomerAccount, route: str, amount: Decimal, takes: Sequence[Take]
) -> list[dict[str, Any]]:
    """Where the money goes: parts that sum to `amount`, newest recharge first.

    By the original route each part returns to the recharge that it came from; what no recharge
    brought, and everything by bank, goes to the bank account of the certified name.
    Raises `no_certified_account` when one is needed and none is named.
    """
    parts: dict[int | None, Decimal] = {}
    recharges: dict[int, Recharge] = {}
    for lot, part in takes:
        recharge = getattr(lot.source, "recharge", None) if route == Route.ORIGINAL else None
        if recharge is not None:
            recharges[recharge.pk] = recharge
        key = recharge.pk if recharge is not None else None
        parts[key] = parts.get(key, ZERO) + part
    account = certified_account(customer) if None in parts else None
    if None in parts and account is None:
        raise DomainError("no_certified_account")
    return [
        _to_recharge(recharges[pk], part) if pk is not None else _to_bank(account, part)
        for pk, part in parts.items()
    ]


def _to_recharge(recharge: Recharge, part: Decimal) -> dict[str, Any]:
    number = recharge.transfer.reference.partition(":")[2]
    return {
        "recharge": recharge.pk,
        "channel": recharge.channel,
        "reference": number,
        "amount": f"{part:.2f}",
    }


def _to_bank(account: BankAccount | None, part: Decimal) -> dict[str, Any]:
    assert account is not None
    return {
        "recharge": None,
        "channel": "bank_account",
        "name": account.name,
        "bank": account.bank,
        "account": account.number,
        "amount": f"{part:.2f}",
    }
