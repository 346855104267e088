"""When a consumption becomes invoiceable, to the second."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain import profiles
from invoicing.domain.availability import Availability, Fact, availability
from tests.domain.builders import SHANGHAI, local


def prepaid(
    paid: str, delivered: str | None = None, *, marketplace: bool = False, tz: ZoneInfo = SHANGHAI
) -> Fact:
    return Fact(
        mode="prepaid",
        paid_at=local(paid),
        delivered_at=local(delivered) if delivered else None,
        marketplace=marketplace,
        tz=tz,
    )


def postpaid(paid: str, generated: str | None = None, *, marketplace: bool = False) -> Fact:
    return Fact(
        mode="postpaid",
        paid_at=local(paid),
        generated_at=local(generated) if generated else None,
        marketplace=marketplace,
        tz=SHANGHAI,
    )


def judge(code: str, fact: Fact) -> Availability:
    return availability(profiles.get(code), fact)


def since(moment: str, reason: str) -> Availability:
    return Availability(at=local(moment), reason=reason)


SINCE = datetime(2019, 1, 1, tzinfo=UTC)
NEVER = Availability(at=None, reason="not_eligible")
PENDING = Availability(at=None, reason="resource_pending")


@pytest.mark.parametrize("code", ["baidu", "standard"])
def test_sc_02_prepaid_waits_for_delivery(code: str) -> None:
    assert judge(code, prepaid("2026-03-01 10:00:00")) == PENDING
    delivered = judge(code, prepaid("2026-03-01 10:00:00", "2026-03-01 10:03:20"))
    assert delivered == since("2026-03-01 10:03:20", "resource_pending")
    paid_later = judge(code, prepaid("2026-03-01 10:05:00", "2026-03-01 10:03:20"))
    assert paid_later.at == local("2026-03-01 10:05:00")


def test_sc_04_prepaid_at_payment() -> None:
    fact = prepaid("2026-03-01 10:00:00")
    assert judge("alibaba", fact) == since("2026-03-01 10:00:00", "not_yet_available")


@pytest.mark.parametrize(
    ("paid", "available"),
    [
        ("2026-03-31 23:59:59", "2026-04-01 10:00:00"),
        ("2026-04-01 00:00:00", "2026-04-02 10:00:00"),
        ("2028-02-28 12:00:00", "2028-02-29 10:00:00"),
        ("2026-12-31 23:00:00", "2027-01-01 10:00:00"),
    ],
)
def test_sc_07_postpaid_at_ten_the_day_after_payment(paid: str, available: str) -> None:  # R34
    assert judge("baidu", postpaid(paid)) == since(available, "not_yet_available")


def test_sc_07_the_day_is_the_customers_even_when_payment_is_recorded_in_utc() -> None:
    paid = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # 00:00 on 1 April in Shanghai
    fact = Fact(mode="postpaid", paid_at=paid, tz=SHANGHAI)
    assert judge("baidu", fact).at == local("2026-04-02 10:00:00")


@pytest.mark.parametrize("code", ["alibaba", "standard"])
def test_sc_11_postpaid_when_the_bill_is_settled(code: str) -> None:
    fact = postpaid("2026-04-10 09:00:00", "2026-04-03 00:00:00")
    assert judge(code, fact) == since("2026-04-10 09:00:00", "not_yet_available")


def test_sc_13_a_subscription_from_the_day_after_its_statement() -> None:
    february = prepaid("2026-02-11 15:00:00", "2026-02-11 15:01:00")
    assert judge("kingsoft", february) == since("2026-03-04 00:00:00", "not_yet_available")
    december = prepaid("2026-12-31 23:59:59", "2026-12-31 23:59:59")
    assert judge("kingsoft", december).at == local("2027-01-04 00:00:00")
    delivered_late = prepaid("2026-02-11 15:00:00", "2026-03-20 08:00:00")
    assert judge("kingsoft", delivered_late).at == local("2026-03-20 08:00:00")


def test_d09_a_bill_from_the_day_after_it_was_generated() -> None:
    strict = profiles.variant("standard", "strict", {"postpaid_strategy": "statement_after"})
    generated = postpaid("2026-03-03 08:00:00", "2026-03-03 08:00:00")
    assert availability(strict, generated).at == local("2026-03-04 00:00:00")
    settled_later = postpaid("2026-03-09 12:00:00", "2026-03-03 08:00:00")
    assert availability(strict, settled_later).at == local("2026-03-09 12:00:00")
    unknown = availability(strict, postpaid("2026-03-03 08:00:00"))
    assert unknown == Availability(at=None, reason="bill_not_generated")


def test_sc_15_only_subscriptions_delivered_after_the_cut() -> None:
    on_the_day = prepaid("2018-01-31 09:00:00", "2018-01-31 23:59:59")
    assert judge("kingsoft", on_the_day) == NEVER
    the_day_after = prepaid("2018-01-31 09:00:00", "2018-02-01 00:00:00")
    assert judge("kingsoft", the_day_after).at == local("2018-02-04 00:00:00")
    assert judge("kingsoft", postpaid("2026-03-03 08:00:00", "2026-03-03 08:00:00")) == NEVER
    assert judge("kingsoft", prepaid("2026-03-03 08:00:00")) == PENDING


@pytest.mark.parametrize("code", ["baidu", "standard"])
def test_sc_101_marketplace_waits_exactly_seven_days_after_delivery(code: str) -> None:
    fact = prepaid("2026-03-10 13:00:00", "2026-03-10 14:00:00", marketplace=True)
    assert judge(code, fact).reason == "marketplace_wait"
    assert judge(code, fact).at == local("2026-03-17 14:00:00")
    assert judge(code, prepaid("2026-03-10 13:00:00", marketplace=True)) == PENDING
    billed = postpaid("2026-03-10 14:00:00", marketplace=True)
    assert judge(code, billed).at == local("2026-03-17 14:00:00")


def test_d10_seven_days_are_168_hours_across_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    delivered = datetime(2026, 3, 25, 14, tzinfo=berlin)
    fact = Fact(
        mode="prepaid", paid_at=delivered, delivered_at=delivered, marketplace=True, tz=berlin
    )
    assert judge("baidu", fact).at == datetime(2026, 4, 1, 15, tzinfo=berlin)


def test_the_later_of_two_moments_is_found_across_a_clock_change() -> None:
    """In Berlin 02:30 happens twice on 25 October 2026; the second is the later, the wall clock cannot tell."""
    berlin = ZoneInfo("Europe/Berlin")
    paid = datetime(2026, 10, 25, 2, 45, tzinfo=berlin)
    delivered = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=berlin)
    fact = Fact(mode="prepaid", paid_at=paid, delivered_at=delivered, tz=berlin)
    at = judge("baidu", fact).at
    assert at is not None
    assert at.astimezone(UTC) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def test_a_marketplace_order_paid_long_after_delivery_is_invoiceable_when_paid() -> None:
    fact = prepaid("2026-03-30 09:00:00", "2026-03-10 14:00:00", marketplace=True)
    assert judge("baidu", fact).at == local("2026-03-30 09:00:00")


def test_c27_where_the_profile_has_no_wait_the_marketplace_is_like_the_rest() -> None:
    fact = prepaid("2026-03-10 13:00:00", marketplace=True)
    assert judge("alibaba", fact).at == local("2026-03-10 13:00:00")


@given(
    code=st.sampled_from(profiles.codes()),
    mode=st.sampled_from(["prepaid", "postpaid"]),
    paid_at=st.integers(0, 500_000_000).map(lambda s: SINCE + timedelta(seconds=s)),
    hours=st.integers(0, 2000),
    marketplace=st.booleans(),
)
def test_nothing_is_invoiceable_before_it_is_paid(
    code: str,
    mode: str,
    paid_at: datetime,
    hours: int,
    marketplace: bool,  # noqa: FBT001
) -> None:
    fact = Fact(
        mode=mode,
        paid_at=paid_at,
        delivered_at=paid_at + timedelta(hours=hours),
        generated_at=paid_at if mode == "postpaid" else None,
        marketplace=marketplace,
        tz=SHANGHAI,
    )
    at = judge(code, fact).at
    assert at is None or at >= paid_at
    assert (at is None) == (code == "kingsoft" and mode == "postpaid")
