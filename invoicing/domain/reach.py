"""What can be asked for: what the offsets leave, as far as no uncovered deficit stands before it (A39, B62, C25)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance_console.kernel.money import ZERO
from invoicing.domain import gate
from invoicing.domain.allocation import without
from invoicing.domain.offsetting import match
from invoicing.domain.plan import Candidate, DeficitItem, OffsetPair
from invoicing.domain.profiles.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The candidates after the deficits.

    `offsets` are what asking makes of itself; `rest` is what they leave of the candidates, `free` what
    of that the gate lets through, and `lacking` what the deficits still miss.
    """

    offsets: Sequence[OffsetPair]
    rest: Sequence[Candidate]
    free: Sequence[Candidate]
    lacking: Sequence[DeficitItem]


def reach(
    policy: Policy, candidates: Sequence[Candidate], deficits: Sequence[DeficitItem]
) -> Reach:
    """Offset as the profile does when somebody asks; under `manual` asking offsets nothing (D07)."""
    automatic = policy.offset_timing != "manual"
    offsets = match(deficits, candidates, policy.offset_key) if automatic else []
    received = _sums((pair.deficit_id, pair.amount) for pair in offsets)
    lacking = gate.uncovered(deficits, received)
    rest = without(candidates, _sums((pair.item_id, pair.amount) for pair in offsets))
    free = gate.passing(policy.deficit_gate, rest, lacking)
    return Reach(offsets=offsets, rest=rest, free=free, lacking=lacking)


def _sums(parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item_id, amount in parts:
        sums[item_id] += amount
    return sums
