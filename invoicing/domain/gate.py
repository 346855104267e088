"""Which uncovered deficits stop an application: any, those of the same entity, or those of the same tax key (C23)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain.offsetting import KEYS, oldest_deficit_first
from invoicing.domain.plan import Candidate, DeficitItem, TaxKey

SCOPES: Mapping[str, Callable[[TaxKey], tuple[object, ...]]] = {
    "account": lambda key: (),
    "entity": lambda key: (key.entity_id,),
    "tax_key": KEYS["entity_code_rate"],
}


def uncovered(
    deficits: Sequence[DeficitItem], received: Mapping[int, Decimal]
) -> list[DeficitItem]:
    """What the deficits still lack after they `received` offsets (by deficit id), oldest first."""
    rest = (replace(d, amount=d.amount - received.get(d.item_id, ZERO)) for d in deficits)
    return oldest_deficit_first(deficit for deficit in rest if deficit.amount > 0)


def check(gate: str, selected: Sequence[Candidate], lacking: Sequence[DeficitItem]) -> None:
    """Refuse when a deficit in the scope of `gate` stays uncovered (B62, SC-55, SC-56).

    Where several accounts are invoiced together each is judged alone: the deficit of one does not stop the others'
    consumption, unless its own is selected too.

    Raises `deficit_not_covered`, see `not_covered`.
    """
    scope = SCOPES[gate]
    touched = {(candidate.member_id, *scope(candidate.key)) for candidate in selected}
    blocking = [d for d in lacking if (d.member_id, *scope(d.key)) in touched]
    if blocking:
        raise not_covered(blocking)


def passing(
    gate: str, candidates: Sequence[Candidate], lacking: Sequence[DeficitItem]
) -> list[Candidate]:
    """The candidates that no uncovered deficit stops, in their order."""
    scope = SCOPES[gate]
    closed = {(deficit.member_id, *scope(deficit.key)) for deficit in lacking}
    return [
        candidate
        for candidate in candidates
        if (candidate.member_id, *scope(candidate.key)) not in closed
    ]


def not_covered(lacking: Sequence[DeficitItem]) -> DomainError:
    """The refusal for what `uncovered` found, at least one.

    It names the key of the oldest deficit (`tax_key`, `category_id`) and what is `short` under that key.
    """
    key, member_id = lacking[0].key, lacking[0].member_id
    same = KEYS["entity_code_rate"]
    alike = (d for d in lacking if d.member_id == member_id and same(d.key) == same(key))
    short = sum((d.amount for d in alike), ZERO)
    return DomainError(
        "deficit_not_covered", short=short, tax_key=key.content, category_id=key.category_id
    )
