"""From exact usage to a bill in cents."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.billing import BillPlan, UsageSum, bill_lines

HALF_CENT = Decimal("0.005")


def usage(key_id: int, product_id: int | None, exact: str) -> UsageSum:
    return UsageSum(key_id=key_id, product_id=product_id, exact=Decimal(exact))


def shown(plan: BillPlan) -> list[tuple[int, int, str, str, str]]:
    return [
        (n.key_id, n.product_id, str(n.rounded), str(n.credit), str(n.payable)) for n in plan.lines
    ]


def test_each_line_is_rounded_once_and_says_by_how_much() -> None:
    plan = bill_lines([usage(1, 2, "10.00499999999"), usage(1, 1, "3.3350000000")])
    assert shown(plan) == [(1, 1, "3.34", "0.00", "3.34"), (1, 2, "10.00", "0.00", "10.00")]
    assert [line.rounding for line in plan.lines] == [
        Decimal("0.0050000000"),
        Decimal("-0.00499999999"),
    ]
    assert (plan.total, plan.carried) == (Decimal("13.34"), ())


def test_parts_of_one_line_are_added_before_rounding() -> None:
    plan = bill_lines([usage(1, 1, "0.004"), usage(1, 1, "0.004"), usage(1, 1, "0.004")])
    assert shown(plan) == [(1, 1, "0.01", "0.00", "0.01")]


def test_credits_lower_the_largest_line_of_their_key_first() -> None:
    plan = bill_lines(
        [usage(1, 1, "5.00"), usage(1, 2, "20.00"), usage(1, 3, "-22.00"), usage(2, 4, "9.00")]
    )
    assert shown(plan) == [
        (1, 1, "5.00", "2.00", "3.00"),
        (1, 2, "20.00", "20.00", "0.00"),
        (1, 3, "-22.00", "-22.00", "0.00"),
        (2, 4, "9.00", "0.00", "9.00"),
    ]
    assert (plan.total, plan.carried) == (Decimal("12.00"), ())


def test_a_credit_without_a_line_of_its_key_is_carried() -> None:
    plan = bill_lines([usage(1, 1, "5.00"), usage(1, 2, "-7.50"), usage(2, 3, "10.00")])
    assert plan.total == Decimal("10.00")
    assert plan.carried == ((1, 2, Decimal("-2.50")),)


def test_a_line_may_name_no_product() -> None:
    plan = bill_lines([usage(1, 7, "1.00"), usage(1, None, "-0.40")])
    assert [line.product_id for line in plan.lines] == [None, 7]
    assert plan.total == Decimal("0.60")


def test_no_usage_makes_an_empty_bill() -> None:
    assert bill_lines([]) == BillPlan(lines=(), total=Decimal("0.00"), carried=())


@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 3),
            st.none() | st.integers(1, 4),
            st.decimals(-1000, 1000, places=11, allow_nan=False),
        ),
        max_size=20,
    ),
    shuffle=st.randoms(),
)
def test_a_bill_loses_nothing_and_asks_for_nothing_negative(rows: list, shuffle) -> None:
    sums = [UsageSum(key_id=k, product_id=p, exact=e) for k, p, e in rows]
    plan = bill_lines(sums)
    assert sum(line.exact for line in plan.lines) == sum(row.exact for row in sums)
    exact: Counter = Counter()
    for row in sums:
        exact[row.key_id, row.product_id] += row.exact
    by_key: Counter = Counter()
    for line in plan.lines:
        assert line.exact == exact[line.key_id, line.product_id]
        assert line.rounded == line.exact + line.rounding
        assert abs(line.rounding) <= HALF_CENT
        assert line.payable >= 0
        assert line.payable == line.payable.quantize(Decimal("0.01"))
        by_key[line.key_id] += line.rounded
    carried: Counter = Counter()
    for key_id, _, amount in plan.carried:
        assert amount < 0
        carried[key_id] += amount
    for key_id, rounded in by_key.items():
        payable = sum(line.payable for line in plan.lines if line.key_id == key_id)
        assert payable + carried[key_id] == rounded
        assert payable == 0 or carried[key_id] == 0
    assert plan.total == sum(line.payable for line in plan.lines)
    shuffle.shuffle(sums)
    assert bill_lines(sums) == plan
