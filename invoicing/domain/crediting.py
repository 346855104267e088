"""How a credit is spread over the lines and claims of an invoice, to the cent (D16, SC-79, SC-81).

Amounts are positive here; a credit note prints them negative. Net and tax of a line follow its
credited total: after any sequence of partial credits that reaches the whole line, net and tax
are credited to exactly the line's own, and nothing is left over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain.tax import split_gross


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLeft:
    """What of an item an invoice line still claims. `owed`: the item's deficit, credited first."""

    item_id: int
    amount: Decimal
    owed: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLeft:
    """A line of an issued invoice: its own amounts, and what was credited of it so far."""

    line_id: int
    rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    credited_net: Decimal
    credited_tax: Decimal
    claims: tuple[ClaimLeft, ...]

    @property
    def left(self) -> Decimal:
        """Tax-inclusive, what can still be credited."""
        return self.gross - self.credited_net - self.credited_tax


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCredit:
    """What one credit takes back of one line, and of which items (`releases`, summing to gross)."""

    line_id: int
    net: Decimal
    tax: Decimal
    gross: Decimal
    releases: tuple[tuple[int, Decimal], ...]


def spread(lines: Sequence[LineLeft], amount: Decimal, currency: str) -> list[LineCredit]:
    """`amount` (tax-inclusive) over the lines in order: first where items have a deficit.

    Raises `below_minimum` and `over_credit`.
    """
    if amount <= 0:
        raise DomainError("below_minimum", minimum=Decimal("0.01"))
    left = sum((line.left for line in lines), ZERO)
    if amount > left:
        raise DomainError("over_credit", left=left)
    taken = _taken(lines, amount)
    return [_credit(line, taken[line.line_id], currency) for line in lines if line.line_id in taken]


def _taken(lines: Sequence[LineLeft], amount: Decimal) -> dict[int, list[tuple[int, Decimal]]]:
    """By line: which items give back how much. Owed parts first, then the rest, in order."""
    parts: dict[tuple[int, int], Decimal] = {}
    for owed_only in (True, False):
        for line in lines:
            for claim in line.claims:
                key = (line.line_id, claim.item_id)
                most = claim.amount - parts.get(key, ZERO)
                part = min(amount, most, claim.owed) if owed_only else min(amount, most)
                if part > 0:
                    parts[key] = parts.get(key, ZERO) + part
                    amount -= part
    by_line: dict[int, list[tuple[int, Decimal]]] = {}
    for (line_id, item_id), part in parts.items():
        by_line.setdefault(line_id, []).append((item_id, part))
    return by_line


def _credit(line: LineLeft, parts: list[tuple[int, Decimal]], currency: str) -> LineCredit:
    gross = sum((part for _item, part in parts), ZERO)
    credited = line.credited_net + line.credited_tax + gross
    net_so_far, _tax = split_gross(credited, line.rate, currency)
    if credited == line.gross:
        net_so_far = line.net
    net = net_so_far - line.credited_net
    return LineCredit(
        line_id=line.line_id, net=net, tax=gross - net, gross=gross, releases=tuple(parts)
    )
