"""A total above the cap becomes the fewest documents, none of them silly."""

from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.splitting import cut, document_shares, gross_cap
from invoicing.domain.tax import split_gross

E_CAP, PAPER_CAP = Decimal("99999.99"), Decimal("1000000.00")


def shares(total: str, cap: Decimal | None, strategy: str = "auto") -> list[str]:
    return [str(share) for share in document_shares(Decimal(total), cap, strategy)]


def test_sc_34_at_the_cap_one_document_and_a_cent_above_it_two_equal_ones() -> None:
    assert shares("99999.99", E_CAP) == ["99999.99"]
    assert shares("100000.00", E_CAP) == ["50000.00", "50000.00"]
    assert shares("100000.00", E_CAP, "greedy") == ["99999.99", "0.01"]


def test_sc_35_greedy_when_the_tail_is_a_sensible_document() -> None:
    assert shares("250000.00", E_CAP) == ["99999.99", "99999.99", "50000.02"]
    assert shares("250000.00", E_CAP, "balanced") == ["83333.34", "83333.33", "83333.33"]


def test_sc_36_paper_cap_and_the_same_total_as_e_invoices() -> None:
    assert shares("1000000.00", PAPER_CAP) == ["1000000.00"]
    assert shares("1000000.01", PAPER_CAP) == ["500000.01", "500000.00"]
    assert shares("2500000.00", PAPER_CAP) == ["1000000.00", "1000000.00", "500000.00"]
    assert shares("1000000.00", E_CAP, "greedy") == ["99999.99"] * 10 + ["0.10"]
    assert shares("1000000.00", E_CAP) == ["90909.10"] + ["90909.09"] * 10


def test_d05_a_tail_of_exactly_one_yuan_stays_greedy() -> None:
    assert shares("100000.99", E_CAP) == ["99999.99", "1.00"]
    assert shares("100000.98", E_CAP) == ["50000.49", "50000.49"]


def test_c06_without_a_cap_everything_is_one_document() -> None:
    assert shares("99999999.99", None) == ["99999999.99"]


@given(
    cents=st.integers(1, 10**9),
    cap=st.integers(100_000, 10**8),
    strategy=st.sampled_from(["auto", "greedy", "balanced"]),
)
def test_shares_lose_nothing_break_no_cap_and_are_the_fewest(
    cents: int, cap: int, strategy: str
) -> None:
    total, limit = Decimal(cents) / 100, Decimal(cap) / 100
    parts = document_shares(total, limit, strategy)
    assert sum(parts) == total
    assert all(Decimal("0.01") <= part <= limit for part in parts)
    assert len(parts) == int((total / limit).to_integral_value(rounding=ROUND_CEILING))
    if strategy == "auto" and total >= 1:
        assert all(part >= 1 for part in parts)


@given(
    pieces=st.lists(st.integers(1, 10_000), min_size=1, max_size=20),
    cap=st.integers(1_000, 5_000),
)
def test_cutting_keeps_every_piece_whole_in_sum_and_in_order(pieces: list[int], cap: int) -> None:
    named = [(number, Decimal(cents) / 100) for number, cents in enumerate(pieces)]
    parts = document_shares(Decimal(sum(pieces)) / 100, Decimal(cap) / 100)
    documents = cut(named, parts)
    assert [sum(amount for _, amount in document) for document in documents] == parts
    dealt = [piece for document in documents for piece in document]
    assert [number for number, _ in dealt] == sorted(number for number, _ in dealt)
    for number, amount in named:
        assert sum(part for name, part in dealt if name == number) == amount
    assert all(amount > 0 for _, amount in dealt)


@pytest.mark.parametrize(
    ("basis", "lines", "expected"),
    [("gross", 1, "100000.00"), ("net", 1, "106000.00"), ("net", 2, "105999.99")],
)
def test_d06_the_cap_may_be_on_the_net_amount(basis: str, lines: int, expected: str) -> None:
    cap = gross_cap(Decimal("100000.00"), basis, Decimal("0.06"), lines)
    assert cap == Decimal(expected)


@given(
    lines=st.lists(st.integers(100, 10**6), min_size=1, max_size=6),
    rate=st.sampled_from([Decimal("0.01"), Decimal("0.06"), Decimal("0.13")]),
)
def test_d06_lines_within_the_gross_cap_never_pass_the_net_cap(
    lines: list[int], rate: Decimal
) -> None:
    grosses = [Decimal(cents) / 100 for cents in lines]
    net = sum(split_gross(gross, rate)[0] for gross in grosses)
    below = net - Decimal("0.01")
    cap = gross_cap(below, "net", rate, len(lines))
    assert cap is not None
    assert sum(grosses) > cap
