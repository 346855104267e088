"""Pairing deficits with new consumption of the same key, oldest first on both sides (B40, B41, A56, C24)."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from invoicing.domain.allocation import oldest_first
from invoicing.domain.plan import Candidate, DeficitItem, OffsetPair, TaxKey

OffsetKey = Literal["entity_code_rate", "entity_rate"]

KEYS: Mapping[str, Callable[[TaxKey], tuple[object, ...]]] = {
    "entity_code_rate": lambda key: (key.entity_id, key.tax_code, key.rate),
    "entity_rate": lambda key: (key.entity_id, key.rate),
}


def oldest_deficit_first(deficits: Iterable[DeficitItem]) -> list[DeficitItem]:
    """Order of occurrence, the id breaking ties."""
    return sorted(deficits, key=lambda deficit: (deficit.occurred_at, deficit.item_id))


def match(
    deficits: Sequence[DeficitItem], candidates: Sequence[Candidate], offset_key: OffsetKey
) -> list[OffsetPair]:
    """The pairs that cover as much of the deficits as the candidates can, under the strictness of `offset_key`.

    No deficit receives more than it lacks, no candidate gives more than it has, and no account's consumption offsets
    the deficit of another: the sum of each account stays what it is.
    """
    same = KEYS[offset_key]
    waiting: dict[tuple[object, ...], deque[tuple[int, Decimal]]] = defaultdict(deque)
    for candidate in oldest_first(candidates):
        key = (candidate.member_id, *same(candidate.key))
        waiting[key].append((candidate.item_id, candidate.amount))
    pairs = []
    for deficit in oldest_deficit_first(deficits):
        givers, short = waiting[deficit.member_id, *same(deficit.key)], deficit.amount
        while short > 0 and givers:
            item_id, amount = givers.popleft()
            part = min(amount, short)
            pairs.append(OffsetPair(deficit_id=deficit.item_id, item_id=item_id, amount=part))
            short -= part
            if amount > part:
                givers.appendleft((item_id, amount - part))
    return pairs
