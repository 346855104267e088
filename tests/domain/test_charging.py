"""Which money pays: vouchers before cash, first expiring first, then the oldest, to the cent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from ledger.domain.charging import Held, Need, Plan, draw, spending_key, usable

ORDER = ("voucher", "coupon", "rebate", "gift", "cash")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)


def held(key: int, fund: str, remaining: str, days: int | None = None, **scope: int) -> Held:
    """A lot received `key` days before now that lasts `days` days from now."""
    ends = None if days is None else NOW + timedelta(days=days)
    return Held(
        key=key,
        fund=fund,
        remaining=Decimal(remaining),
        received_at=NOW - timedelta(days=100 - key),
        expires_at=ends,
        **scope,
    )


def need(amount: str, product_id: int | None = None, entity_id: int = 1) -> Need:
    return Need(amount=Decimal(amount), product_id=product_id, entity_id=entity_id)


def pay(needs: list[Need], *lots: Held, credit: str = "0.00") -> list[Plan]:
    return draw(needs, lots, order=ORDER, at=NOW, credit=Decimal(credit))


def money(**funds: str) -> dict[str, Decimal]:
    return {fund: Decimal(amount) for fund, amount in funds.items()}


def test_sc_05_coupon_and_rebate_pay_before_cash() -> None:
    (plan,) = pay(
        [need("100.00")],
        held(1, "cash", "500.00"),
        held(2, "coupon", "20.00"),
        held(3, "rebate", "10.00"),
    )
    assert plan.parts == money(coupon="20.00", rebate="10.00", cash="70.00")
    assert plan.takes == ((2, Decimal("20.00")), (3, Decimal("10.00")), (1, Decimal("70.00")))


def test_what_expires_first_is_spent_first_and_then_the_oldest() -> None:
    (plan,) = pay(
        [need("9.00")],
        held(1, "voucher", "2.00"),
        held(2, "voucher", "2.00", days=30),
        held(3, "voucher", "2.00", days=9),
        held(4, "voucher", "2.00", days=30),
        held(5, "voucher", "2.00"),
    )
    assert [key for key, _part in plan.takes] == [3, 2, 4, 1, 5]


def test_money_ends_at_the_very_second() -> None:
    lot = held(1, "voucher", "5.00", days=0)
    before, then = NOW - timedelta(microseconds=1), NOW
    assert [usable(lot, need("1.00"), moment) for moment in (before, then)] == [True, False]


def test_scope_is_respected() -> None:
    lots = (
        held(1, "voucher", "5.00", product_id=7),
        held(2, "voucher", "5.00", entity_id=2),
        held(3, "cash", "50.00"),
    )
    plans = pay([need("8.00"), need("8.00", product_id=7), need("8.00", entity_id=2)], *lots)
    assert [plan.parts for plan in plans] == [
        money(cash="8.00"),
        money(voucher="5.00", cash="3.00"),
        money(voucher="5.00", cash="3.00"),
    ]


def test_the_lines_of_a_bill_are_paid_one_after_the_other() -> None:
    plans = pay(
        [need("30.00"), need("0.00"), need("25.00")],
        held(1, "voucher", "40.00"),
        held(2, "cash", "100.00"),
    )
    assert [plan.parts for plan in plans] == [
        money(voucher="30.00"),
        {},
        money(voucher="10.00", cash="15.00"),
    ]


def test_a_short_balance_pays_nothing_and_says_what_is_missing() -> None:
    lots = held(1, "voucher", "5.00"), held(2, "cash", "10.00"), held(3, "frozen", "100.00")
    with pytest.raises(DomainError) as caught:
        pay([need("10.00"), need("5.01")], *lots)
    assert caught.value.code == "insufficient_balance"
    assert caught.value.values == {"balance": Decimal("5.00"), "needed": Decimal("5.01")}


def test_credit_is_the_last_to_pay_and_is_cash() -> None:
    lots = held(1, "voucher", "5.00"), held(2, "cash", "10.00")
    one, two = pay([need("18.00"), need("2.00")], *lots, credit="5.00")
    assert (one.parts, one.credit) == (money(voucher="5.00", cash="13.00"), Decimal("3.00"))
    assert (two.parts, two.takes, two.credit) == (money(cash="2.00"), (), Decimal("2.00"))
    with pytest.raises(DomainError):
        pay([need("18.00"), need("2.01")], *lots, credit="5.00")
    with pytest.raises(DomainError):
        pay([need("16.00")], *lots, credit="-3.00")


def test_a_negative_amount_is_not_payable() -> None:
    with pytest.raises(ValueError, match="credit"):
        pay([need("-1.00")], held(1, "cash", "10.00"))


LOTS = st.lists(
    st.tuples(
        st.sampled_from((*ORDER, "frozen")),
        CENTS,
        st.one_of(st.none(), st.integers(-2, 5)),
        st.sampled_from((None, 1, 2)),
        st.sampled_from((None, 1, 2)),
    ),
    max_size=10,
)
NEEDS = st.lists(
    st.tuples(CENTS, st.sampled_from((None, 1, 2)), st.sampled_from((1, 2))), max_size=5
)


@given(rows=LOTS, wanted=NEEDS, credit=CENTS)
def test_whatever_is_drawn_keeps_every_rule(
    rows: list[tuple], wanted: list[tuple], credit: Decimal
) -> None:
    lots = {
        key: held(key, fund, str(left), days, product_id=product, entity_id=entity)
        for key, (fund, left, days, product, entity) in enumerate(rows)
    }
    needs = [Need(amount=a, product_id=p, entity_id=e) for a, p, e in wanted]
    try:
        plans = draw(needs, lots.values(), order=ORDER, at=NOW, credit=credit)
    except DomainError:
        reachable = sum((lot.remaining for lot in lots.values()), credit)
        usable_cash = sum(
            lot.remaining
            for lot in lots.values()
            if lot.fund == "cash" and all(usable(lot, one, NOW) for one in needs)
        )
        total = sum(one.amount for one in needs)
        assert total > usable_cash + credit  # money that fits everywhere would have been enough
        assert reachable >= 0
        return
    left = {key: lot.remaining for key, lot in lots.items()}
    for one, plan in zip(needs, plans, strict=True):
        assert sum(plan.parts.values()) == one.amount
        assert sum(part for _key, part in plan.takes) + plan.credit == one.amount
        by_fund = {fund: Decimal(0) for fund in plan.parts}
        for key, part in plan.takes:
            assert 0 < part <= left[key]
            assert usable(lots[key], one, NOW)
            assert lots[key].fund in ORDER
            by_fund[lots[key].fund] += part
            left[key] -= part
        if plan.credit:
            by_fund["cash"] += plan.credit
        assert by_fund == plan.parts
        taken = [lots[key] for key, _part in plan.takes]
        ranks = [(ORDER.index(lot.fund), spending_key(lot)) for lot in taken]
        assert ranks == sorted(ranks)
        last = ranks[-1] if ranks and not plan.credit else (len(ORDER),) if plan.credit else ()
        passed = [
            lot
            for lot in lots.values()
            if lot.fund in ORDER
            and usable(lot, one, NOW)
            and (ORDER.index(lot.fund), spending_key(lot)) < last
        ]
        assert all(left[lot.key] == 0 for lot in passed)
    assert sum(plan.credit for plan in plans) <= credit
