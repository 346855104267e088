"""Spreading a credit over lines and items: exact, in order, and closing at zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from invoicing.domain.crediting import ClaimLeft, LineLeft, spread
from invoicing.domain.tax import split_gross

RATES = [Decimal(text) for text in ("0.01", "0.03", "0.06", "0.09", "0.13")]
cents = st.integers(1, 5_000_000).map(lambda n: Decimal(n) / 100)


def line(line_id, claims, rate="0.06", credited=("0", "0")):
    gross = sum((Decimal(amount) for _item, amount in claims), Decimal(0))
    net, tax = split_gross(gross, Decimal(rate))
    return LineLeft(
        line_id=line_id,
        rate=Decimal(rate),
        net=net,
        tax=tax,
        gross=gross,
        credited_net=Decimal(credited[0]),
        credited_tax=Decimal(credited[1]),
        claims=tuple(ClaimLeft(item_id=item, amount=Decimal(amount)) for item, amount in claims),
    )


def test_lines_are_credited_in_order():
    found = spread([line(1, [(7, "60.00")]), line(2, [(8, "40.00")])], Decimal("70.00"), "CNY")
    assert [(c.line_id, c.gross, c.releases) for c in found] == [
        (1, Decimal("60.00"), ((7, Decimal("60.00")),)),
        (2, Decimal("10.00"), ((8, Decimal("10.00")),)),
    ]


def test_what_has_a_deficit_is_credited_first():
    owed = LineLeft(
        line_id=2,
        rate=Decimal("0.06"),
        net=Decimal("94.34"),
        tax=Decimal("5.66"),
        gross=Decimal("100.00"),
        credited_net=Decimal(0),
        credited_tax=Decimal(0),
        claims=(ClaimLeft(item_id=9, amount=Decimal("100.00"), owed=Decimal("30.00")),),
    )
    found = spread([line(1, [(7, "60.00")]), owed], Decimal("50.00"), "CNY")
    assert {c.line_id: c.gross for c in found} == {1: Decimal("20.00"), 2: Decimal("30.00")}


@pytest.mark.parametrize(("amount", "code"), [("0.00", "below_minimum"), ("60.01", "over_credit")])
def test_too_little_and_too_much_are_refused(amount, code):
    with pytest.raises(DomainError) as refusal:
        spread([line(1, [(7, "60.00")])], Decimal(amount), "CNY")
    assert refusal.value.code == code


@given(
    rate=st.sampled_from(RATES),
    amounts=st.lists(cents, min_size=1, max_size=4),
    cuts=st.lists(st.integers(1, 1_000_000), min_size=0, max_size=6),
)
def test_any_sequence_of_credits_closes_at_zero_net_and_zero_tax(rate, amounts, cuts):
    claims = list(enumerate(map(str, amounts)))
    whole = line(1, claims, str(rate))
    left, net, tax = whole.gross, Decimal(0), Decimal(0)
    claimed = dict(enumerate(amounts))
    steps = [Decimal(cut) / 100 for cut in cuts]
    while left:
        amount = min(left, steps.pop() if steps else left)
        now = LineLeft(
            line_id=1,
            rate=rate,
            net=whole.net,
            tax=whole.tax,
            gross=whole.gross,
            credited_net=net,
            credited_tax=tax,
            claims=tuple(ClaimLeft(item_id=i, amount=a) for i, a in claimed.items() if a),
        )
        (credit,) = spread([now], amount, "CNY")
        assert credit.net + credit.tax == credit.gross == amount
        assert credit.net >= 0
        assert credit.tax >= 0
        assert sum(part for _item, part in credit.releases) == amount
        for item, part in credit.releases:
            claimed[item] -= part
            assert claimed[item] >= 0
        net, tax, left = net + credit.net, tax + credit.tax, left - amount
    assert (net, tax) == (whole.net, whole.tax)
