"""Which balances pay for a charge, in the profile's order: vouchers before cash (C22, SC-05)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO


def draw(
    amount: Decimal, balances: Mapping[str, Decimal], order: Sequence[str]
) -> dict[str, Decimal]:
    """What each fund pays of `amount`, only funds that pay something; the parts sum to `amount` exactly.

    `balances` are what may be spent; a fund outside `order` is never touched. Raises `insufficient_balance` when
    together they do not reach `amount`.
    """
    return draw_lines([amount], balances, order)[0]


def draw_lines(
    amounts: Sequence[Decimal], balances: Mapping[str, Decimal], order: Sequence[str]
) -> list[dict[str, Decimal]]:
    """The same for the lines of one bill, paid one after the other from the same balances: all or nothing.

    Raises `insufficient_balance`, and ValueError for a negative line.
    """
    if any(amount < 0 for amount in amounts):
        raise ValueError("Only what is owed can be paid; a negative line is a credit.")
    left = {fund: max(ZERO, balances.get(fund, ZERO)) for fund in order}
    needed, balance = sum(amounts, ZERO), sum(left.values(), ZERO)
    if needed > balance:
        raise DomainError("insufficient_balance", balance=balance, needed=needed)
    return [_draw_line(amount, left) for amount in amounts]


def _draw_line(amount: Decimal, left: dict[str, Decimal]) -> dict[str, Decimal]:
    """Take `amount` out of `left`, in its order."""
    parts = {}
    for fund, balance in left.items():
        part = min(balance, amount)
        if part > 0:
            parts[fund] = part
            left[fund] -= part
            amount -= part
    return parts
