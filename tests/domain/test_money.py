"""One way to round, one way to share, and a sentence for every refusal."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError, codes
from finance_console.kernel.money import allocate, minor_unit, parse_amount, round_money
from invoicing.domain.availability import Reason


@pytest.mark.parametrize(
    ("exact", "rounded"), [("1.005", "1.01"), ("1.0049999", "1.00"), ("-1.005", "-1.01")]
)
def test_half_a_cent_rounds_away_from_zero(exact: str, rounded: str) -> None:
    assert round_money(Decimal(exact)) == Decimal(rounded)


@given(
    cents=st.integers(0, 10**10),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any),
)
def test_shares_sum_exactly_and_stay_within_a_cent_of_proportion(
    cents: int, weights: list[int]
) -> None:
    total = Decimal(cents) / 100
    parts = allocate(total, [Decimal(weight) for weight in weights])
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < minor_unit("CNY")


@pytest.mark.parametrize("text", ["1,234.50", " 1234.5 ", "1234.500"])
def test_amounts_are_read_as_people_write_them(text: str) -> None:
    assert str(parse_amount(text)) == "1234.50"


@pytest.mark.parametrize("text", ["", "12.345", "NaN", "1e30", "ten", "Infinity"])
def test_anything_else_is_not_an_amount(text: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse_amount(text)
    assert caught.value.code == "invalid_amount"


def test_every_reason_to_wait_has_a_sentence() -> None:
    assert set(get_args(Reason)) <= codes()


def test_a_refusal_reads_as_a_sentence() -> None:
    error = DomainError("title_mismatch", title="Acme Limited", certified="Acme Ltd")
    assert str(error) == "The title Acme Limited differs from your certification Acme Ltd."
