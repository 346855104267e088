"""Deficits are paired with new consumption of the same key, oldest first on both sides."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.offsetting import KEYS as OFFSET_KEYS
from invoicing.domain.offsetting import match
from invoicing.domain.planning import OffsetPair
from tests.domain.builders import C6, H13, KEYS, S6, T6, deficit, order

CENTS = st.integers(1, 50_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")


def test_b40_the_oldest_deficit_is_covered_first_by_the_oldest_item() -> None:
    pairs = match(
        [deficit(92, "30.00"), deficit(91, "20.00")],
        [order(2, "40.00"), order(1, "15.00")],
        "entity_code_rate",
    )
    assert pairs == [
        OffsetPair(deficit_id=91, item_id=1, amount=Decimal("15.00")),
        OffsetPair(deficit_id=91, item_id=2, amount=Decimal("5.00")),
        OffsetPair(deficit_id=92, item_id=2, amount=Decimal("30.00")),
    ]


def test_b41_another_tax_code_offsets_only_under_the_looser_key() -> None:
    deficits, items = [deficit(91, "200.00", S6)], [order(1, "500.00", T6)]
    assert match(deficits, items, "entity_code_rate") == []
    assert match(deficits, items, "entity_rate") == [
        OffsetPair(deficit_id=91, item_id=1, amount=Decimal("200.00"))
    ]


@pytest.mark.parametrize("offset_key", ["entity_code_rate", "entity_rate"])
def test_c24_another_entity_or_another_rate_never_offsets(offset_key: str) -> None:
    items = [order(1, "500.00", C6), order(2, "500.00", H13)]
    assert match([deficit(91, "200.00", S6)], items, offset_key) == []


@given(
    owed=st.lists(st.tuples(CENTS, st.sampled_from(KEYS)), max_size=8),
    bought=st.lists(st.tuples(CENTS, st.sampled_from(KEYS)), max_size=8),
    offset_key=st.sampled_from(["entity_code_rate", "entity_rate"]),
)
def test_offsets_never_exceed_either_side_and_cover_all_they_can(
    owed: list, bought: list, offset_key: str
) -> None:
    deficits = [deficit(100 + n, amount, key) for n, (amount, key) in enumerate(owed)]
    items = [order(n, amount, key) for n, (amount, key) in enumerate(bought)]
    pairs = match(deficits, items, offset_key)
    same = OFFSET_KEYS[offset_key]
    received, given_away, by_group = Counter(), Counter(), Counter()
    for pair in pairs:
        assert pair.amount > 0
        received[pair.deficit_id] += pair.amount
        given_away[pair.item_id] += pair.amount
        lacking, giver = deficits[pair.deficit_id - 100], items[pair.item_id]
        assert same(lacking.key) == same(giver.key)
        by_group[same(giver.key)] += pair.amount
    assert all(received[d.item_id] <= d.amount for d in deficits)
    assert all(given_away[item.item_id] <= item.amount for item in items)
    for group in {same(key) for key in KEYS}:
        needed = sum((d.amount for d in deficits if same(d.key) == group), Decimal(0))
        offered = sum((i.amount for i in items if same(i.key) == group), Decimal(0))
        assert by_group[group] == min(needed, offered)
