"""How much can be asked for now, what offsets take of what is open, and what stands in the way (A39, B62)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from invoicing.domain import gate
from invoicing.domain.allocation import total_of
from invoicing.domain.plan import Candidate, DeficitItem
from invoicing.domain.profiles import Policy
from invoicing.domain.reach import reach
from invoicing.models.item import tax_key_of
from invoicing.queries.open_sums import open_sums
from invoicing.queries.planning import deficits
from ledger.models import TaxCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """The sum that the page of asking shows: `open - offset - blocked = total`, in the accounts' currency.

    `open` is what is available, the marketplace aside (`marketplace_open`: what of that can be asked for); `offset` what asking offsets of itself; `blocked`
    what no application can have while deficits are not covered. `lacking`: what the deficits miss after
    the offsets; `stopping`: those of them that stand before something open.
    """

    open: Decimal
    offset: Decimal
    blocked: Decimal
    lacking: Sequence[DeficitItem]
    stopping: Sequence[DeficitItem]
    marketplace_open: Decimal

    @property
    def total(self) -> Decimal:
        """What the invoices come to if everything is asked for."""
        return self.open - self.offset - self.blocked

    @property
    def deficit(self) -> Decimal:
        """What was refunded after it was invoiced, before any offset."""
        return self.offset + self.uncovered

    @property
    def available(self) -> Decimal:
        """Open less deficit: what the account can count on in the end (B08)."""
        return self.total + self.blocked - self.uncovered

    @property
    def uncovered(self) -> Decimal:
        """What the deficits lack after the offsets."""
        return sum((deficit.amount for deficit in self.lacking), ZERO)


Opened = Mapping[int, Mapping[tuple[int, bool], Decimal]]
"""By account what is open, as `open_sums` has it."""


def askable(customers: Sequence[CustomerAccount], policy: Policy, at: datetime) -> Askable:
    """What these accounts can ask for together under `policy`, however many items are open."""
    owed = deficits(*customers)
    if not owed:
        return askable_of({0: open_sums(customers, at)}, (), policy, at)
    opened = {customer.pk: open_sums((customer,), at) for customer in customers}
    return askable_of(opened, owed, policy, at)


def askable_of(
    opened: Opened, owed: Sequence[DeficitItem], policy: Policy, at: datetime
) -> Askable:
    """The same out of what was read. Without deficits it matters to nobody whose the open sums are.

    Each tax key of each account stands for all of its items: what is offset, and what a gate stops, is
    the same for the sum as for the items one by one.
    """
    if not owed:
        sums = [part for item in opened.values() for part in item.items()]
        here = sum((amount for (_key, market), amount in sums if not market), ZERO)
        elsewhere = sum((amount for (_key, market), amount in sums if market), ZERO)
        return Askable(
            open=here,
            offset=ZERO,
            blocked=ZERO,
            lacking=(),
            stopping=(),
            marketplace_open=elsewhere,
        )
    own, market = _by_key(opened, at)
    reached = reach(policy, own, owed)
    in_market = {item.item_id for item in market}
    together = reach(policy, [*own, *market], owed).free if market else ()
    return Askable(
        open=total_of(own),
        offset=sum((pair.amount for pair in reached.offsets), ZERO),
        blocked=total_of(reached.rest) - total_of(reached.free),
        lacking=reached.lacking,
        stopping=[
            deficit
            for deficit in reached.lacking
            if gate.passing(policy.deficit_gate, own, [deficit]) != own
        ],
        marketplace_open=total_of(item for item in together if item.item_id in in_market),
    )


def _by_key(opened: Opened, at: datetime) -> tuple[list[Candidate], list[Candidate]]:
    """One candidate per account and tax key with all that is open under it; the marketplace's apart."""
    amounts = [
        (market, category_id, member_id, amount)
        for member_id, sums in opened.items()
        for (category_id, market), amount in sums.items()
    ]
    categories = TaxCategory.objects.select_related("entity").in_bulk({row[1] for row in amounts})
    sides: tuple[list[Candidate], list[Candidate]] = ([], [])
    for number, (market, category_id, member_id, amount) in enumerate(sorted(amounts)):
        category = categories[category_id]
        sides[market].append(
            Candidate(
                item_id=number,
                key=tax_key_of(category),
                amount=amount,
                paid_at=at,
                period="",
                member_id=member_id,
                media=category.entity.media,
            )
        )
    return sides
