"""From a selection to the exact invoices: the preview is the plan (A24, A41, B36, B40).

Select, offset, check the gate, group, cut by the cap, aggregate lines, tax each line. The same facts give the same
plan in whatever order they are passed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain import eligibility, gate
from invoicing.domain.allocation import oldest_first, take, total_of
from invoicing.domain.plan import (
    Candidate,
    DeficitItem,
    OffsetPair,
    Plan,
    PlannedInvoice,
    PlannedLine,
    TaxKey,
    Why,
)
from invoicing.domain.profiles.policy import Policy
from invoicing.domain.reach import Reach, reach
from invoicing.domain.splitting import cut, document_shares, gross_cap
from invoicing.domain.tax import split_gross

__all__ = [
    "Candidate",
    "DeficitItem",
    "OffsetPair",
    "Plan",
    "PlannedInvoice",
    "PlannedLine",
    "TaxKey",
    "make_plan",
]

Group = tuple[int, Decimal, int | None, str | None, bool]
"""Entity, rate, member (or None), period (or None), sold by others: what one document may not mix."""


def make_plan(
    *,
    policy: Policy,
    candidates: Sequence[Candidate],
    deficits: Sequence[DeficitItem] = (),
    amount: Decimal | None = None,
    medium: str,
    separate: bool = False,
    by_member: bool = False,
    currency: str = "CNY",
) -> Plan:
    """The fewest invoices for `candidates` (`amount` None: all of them), after covering deficits.

    `amount` is what the invoices come to (A39, D21): the offsets are taken on top of it, the oldest first, and what a
    deficit stands before is left out; so it is of a statement whose orders cannot be selected one by one. `separate` makes one invoice per month, `by_member` one per member account.
    Whether the medium, the kind and the method are offered at all is asked in `eligibility`. Where a deficit eats all
    of the candidates the plan has offsets and no invoices.

    Raises `nothing_selected`, `below_minimum`, `insufficient_invoiceable`, `partial_not_allowed` (K07) and
    `deficit_not_covered`.
    """
    reached = reach(policy, candidates, deficits)
    if amount is None:
        if not candidates:
            raise DomainError("nothing_selected")
        if "order" in policy.methods or not reached.free:
            gate.check(policy.deficit_gate, candidates, reached.lacking)
        payable = list(reached.free)
    else:
        payable = _part(policy, candidates, reached, amount, currency)
    if payable:
        eligibility.check_sellers(medium, payable)
    groups = _grouped(policy, payable, separate=separate, by_member=by_member)
    total, offset = total_of(payable), sum((pair.amount for pair in reached.offsets), ZERO)
    return Plan(
        invoices=tuple(_invoices(policy, groups, medium, currency)),
        offsets=tuple(reached.offsets),
        total=total,
        offset=offset,
        left_open=total_of(candidates) - total - offset,
        currency=currency,
    )


def _part(
    policy: Policy, candidates: Sequence[Candidate], reached: Reach, amount: Decimal, currency: str
) -> list[Candidate]:
    """What pays for `amount`, the oldest first, out of what no deficit stands before."""
    within = total_of(reached.free)
    if amount > within and (amount <= total_of(reached.rest) or not within):
        gate.check(policy.deficit_gate, reached.rest or candidates, reached.lacking)
    taken = take(reached.free, amount, currency)
    if not policy.partial_amounts and amount != within:
        raise DomainError("partial_not_allowed", amount=within)
    return taken


def _grouped(
    policy: Policy, payable: Sequence[Candidate], *, separate: bool, by_member: bool
) -> dict[Group, list[Candidate]]:
    """What may share a document, oldest first.

    Where the marketplace is always the provider's (B12), it never shares one with our own (SC-102); where some of it
    is ours (K03), the entity alone tells.
    """
    groups: dict[Group, list[Candidate]] = defaultdict(list)
    for candidate in oldest_first(payable):
        key = candidate.key
        member = candidate.member_id if by_member else None
        period = candidate.period if separate else None
        theirs = candidate.marketplace and policy.marketplace_provider_from is None
        groups[key.entity_id, key.rate, member, period, theirs].append(candidate)
    return groups


def _invoices(
    policy: Policy, groups: Mapping[Group, Sequence[Candidate]], medium: str, currency: str
) -> Iterator[PlannedInvoice]:
    documents = {
        group: _documents(policy, group, items, medium, currency) for group, items in groups.items()
    }
    single = sum(len(parts) for parts in documents.values()) == 1
    for group in sorted(documents, key=_group_order):
        why: Why = "only" if single else _why(group, groups, len(documents[group]))
        for pieces in documents[group]:
            yield _invoice(group, pieces, medium, why, currency)


def _group_order(group: Group) -> tuple[int, Decimal, int, str, bool]:
    entity_id, rate, member_id, period, theirs = group
    return entity_id, rate, member_id or 0, period or "", theirs


def _why(group: Group, groups: Iterable[Group], documents: int) -> Why:
    """The innermost reason why this document is not the only one."""
    if documents > 1:
        return "cap"
    same_seller = [other for other in groups if (*other[:2], other[4]) == (*group[:2], group[4])]
    same_member = [other for other in same_seller if other[2] == group[2]]
    if len(same_member) > 1:
        return "month"
    return "member" if len(same_seller) > 1 else "entity_or_rate"


def _documents(
    policy: Policy, group: Group, items: Sequence[Candidate], medium: str, currency: str
) -> list[list[tuple[Candidate, Decimal]]]:
    """The items of one group, line by line and oldest first within a line, dealt out under the cap."""
    lines = len({item.key for item in items})
    cap = gross_cap(policy.caps.get(medium), policy.cap_basis, group[1], lines, currency)
    shares = document_shares(total_of(items), cap, policy.split_strategy, currency)
    pieces = [(item, item.amount) for item in sorted(items, key=_line_order)]
    return cut(pieces, shares)


def _line_order(candidate: Candidate) -> tuple[str, str, int]:
    return candidate.key.tax_code, candidate.key.content, candidate.key.category_id


def _invoice(
    group: Group, pieces: list[tuple[Candidate, Decimal]], medium: str, why: Why, currency: str
) -> PlannedInvoice:
    entity_id, rate, member_id, period, _theirs = group
    by_key = groupby(pieces, key=lambda piece: piece[0].key)
    lines = tuple(_line(key, list(parts), currency) for key, parts in by_key)
    return PlannedInvoice(
        entity_id=entity_id,
        rate=rate,
        medium=medium,
        period=period,
        member_id=member_id,
        periods=tuple(sorted({candidate.period for candidate, _ in pieces})),
        lines=lines,
        net=sum((line.net for line in lines), ZERO),
        tax=sum((line.tax for line in lines), ZERO),
        gross=sum((line.gross for line in lines), ZERO),
        why=why,
    )


def _line(key: TaxKey, parts: list[tuple[Candidate, Decimal]], currency: str) -> PlannedLine:
    gross = sum((amount for _, amount in parts), ZERO)
    net, tax = split_gross(gross, key.rate, currency)
    claims = tuple((candidate.item_id, amount) for candidate, amount in parts)
    return PlannedLine(key=key, net=net, tax=tax, gross=gross, claims=claims)
