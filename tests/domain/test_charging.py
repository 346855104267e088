"""Which balances pay: vouchers before cash, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from ledger.domain.charging import draw, draw_lines

ORDER = ("voucher", "coupon", "rebate", "gift", "cash")
CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)


def money(**funds: str) -> dict[str, Decimal]:
    return {fund: Decimal(amount) for fund, amount in funds.items()}


def test_sc05_coupon_and_rebate_pay_before_cash() -> None:
    balances = money(cash="500.00", coupon="20.00", rebate="10.00")
    assert draw(Decimal("100.00"), balances, ORDER) == money(
        coupon="20.00", rebate="10.00", cash="70.00"
    )


def test_the_lines_of_a_bill_are_paid_one_after_the_other() -> None:
    amounts = [Decimal("30.00"), Decimal("0.00"), Decimal("25.00")]
    assert draw_lines(amounts, money(voucher="40.00", cash="100.00"), ORDER) == [
        money(voucher="30.00"),
        {},
        money(voucher="10.00", cash="15.00"),
    ]


def test_a_short_balance_pays_nothing_and_says_what_is_missing() -> None:
    balances = money(voucher="5.00", cash="10.00", frozen="100.00")
    with pytest.raises(DomainError) as caught:
        draw_lines([Decimal("10.00"), Decimal("5.01")], balances, ORDER)
    assert caught.value.code == "insufficient_balance"
    assert caught.value.values == {"balance": Decimal("15.00"), "needed": Decimal("15.01")}
    assert balances == money(voucher="5.00", cash="10.00", frozen="100.00")


def test_a_negative_balance_pays_nothing() -> None:
    balances = money(voucher="-5.00", cash="10.00")
    assert draw(Decimal("10.00"), balances, ORDER) == money(cash="10.00")


def test_a_negative_line_is_not_payable() -> None:
    with pytest.raises(ValueError, match="credit"):
        draw(Decimal("-1.00"), money(cash="10.00"), ORDER)


@given(
    amounts=st.lists(CENTS, max_size=8),
    balances=st.dictionaries(st.sampled_from(ORDER), CENTS),
    spare=CENTS,
)
def test_draws_sum_exactly_and_cash_is_touched_last(
    amounts: list[Decimal], balances: dict[str, Decimal], spare: Decimal
) -> None:
    needed = sum(amounts, Decimal(0))
    funds = {fund: balances.get(fund, Decimal(0)) for fund in ORDER}
    funds["cash"] = max(funds["cash"], needed + spare - sum(funds.values()) + funds["cash"])
    parts = draw_lines(amounts, funds, ORDER)
    assert [sum(part.values()) for part in parts] == amounts
    assert all(amount > 0 for part in parts for amount in part.values())
    left = dict(funds)
    for part in parts:
        for fund, amount in part.items():
            left[fund] -= amount
            earlier = ORDER[: ORDER.index(fund)]
            assert not any(left[before] for before in earlier)
    assert all(amount >= 0 for amount in left.values())
