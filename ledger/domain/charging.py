"""Which money pays for a purchase: fund by fund in the profile's order, first expiring first, then FIFO (C22, SC-05).

Values in, values out: the caller reads the lots, and writes down what is planned here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Money of a fund that came in together. It can be spent until `expires_at` (exclusive; None: for ever).

    `product_id` and `entity_id` narrow what it buys. A larger `key` came in later.
    """

    key: int
    fund: str
    remaining: Decimal
    received_at: datetime
    expires_at: datetime | None = None
    product_id: int | None = None
    entity_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A purchase to pay: `amount` is not negative."""

    amount: Decimal
    product_id: int | None
    entity_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`parts` per fund sum to the amount; `takes` say how much of them comes out of which lot, by key.

    `credit` is what no lot pays: it is part of the cash, and owed until it is repaid.
    """

    parts: Mapping[str, Decimal]
    takes: tuple[tuple[int, Decimal], ...]
    credit: Decimal


def usable(held: Held, need: Need, at: datetime) -> bool:
    """Whether this money may pay for that at `at`: not expired, and within its scope."""
    return (
        (held.expires_at is None or held.expires_at > at)
        and held.product_id in (None, need.product_id)
        and held.entity_id in (None, need.entity_id)
    )


def spending_key(held: Held) -> tuple[bool, datetime, datetime, int]:
    """What expires first is spent first, what never expires last; then the oldest."""
    ends = held.expires_at
    return ends is None, ends or held.received_at, held.received_at, held.key


def draw(
    needs: Iterable[Need],
    lots: Iterable[Held],
    *,
    order: Sequence[str],
    at: datetime,
    credit: Decimal = ZERO,
) -> list[Plan]:
    """How each of `needs` is paid, one after the other out of the same `lots`: all of them or none.

    Funds are spent in `order`, others are not touched. What the lots cannot pay is taken on
    `credit`, as cash. Raises `insufficient_balance`, and ValueError for a negative amount.
    """
    ranked = sorted((lot for lot in lots if lot.fund in order), key=spending_key)
    ranked.sort(key=lambda lot: order.index(lot.fund))
    left = {lot.key: lot.remaining for lot in ranked}
    plans = []
    for need in needs:
        plan = _draw_one(need, ranked, left, at, max(credit, ZERO))
        for key, part in plan.takes:
            left[key] -= part
        credit -= plan.credit
        plans.append(plan)
    return plans


def _draw_one(
    need: Need, lots: Iterable[Held], left: Mapping[int, Decimal], at: datetime, credit: Decimal
) -> Plan:
    """How `need` is paid out of `lots`, of which so much is `left` by key."""
    if need.amount < 0:
        raise ValueError("Only what is owed can be paid; a negative amount is a credit.")
    owed, parts, takes = need.amount, dict[str, Decimal](), []
    for lot in lots:
        if not owed:
            break
        part = min(owed, left[lot.key])
        if part > 0 and usable(lot, need, at):
            takes.append((lot.key, part))
            parts[lot.fund] = parts.get(lot.fund, ZERO) + part
            owed -= part
    if owed > credit:
        raise DomainError(
            "insufficient_balance", balance=need.amount - owed + credit, needed=need.amount
        )
    if owed:
        parts["cash"] = parts.get("cash", ZERO) + owed
    return Plan(parts=parts, takes=tuple(takes), credit=owed)
