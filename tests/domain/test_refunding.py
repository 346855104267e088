"""The refund of a prepaid service that is given up, to the cent, and the length of the next term."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from ledger.domain.refunding import Term, remaining_refund
from ledger.domain.terms import next_term, whole_months

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
CENTS = st.decimals(min_value="0.00", max_value="99999.99", places=2)


def term(first: str, last: str) -> Term:
    return Term(starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last))


def back(first: str, last: str, on: str, cash: str, refunded: str = "0.00") -> str:
    return str(
        remaining_refund(
            term(first, last),
            date.fromisoformat(on),
            cash=Decimal(cash),
            refunded=Decimal(refunded),
        )
    )


def test_the_first_day_counts_as_used():
    assert back("2026-04-01", "2026-04-30", "2026-04-01", "300.00") == "290.00"


def test_before_the_first_day_everything_comes_back():
    assert back("2026-04-01", "2026-04-30", "2026-03-31", "300.00") == "300.00"
    assert back("2026-04-01", "2026-04-30", "2026-03-31", "300.00", "40.00") == "260.00"


def test_in_the_middle_the_days_after_today_come_back():
    assert back("2026-04-01", "2026-04-30", "2026-04-15", "300.00") == "150.00"


def test_on_the_last_day_nothing_comes_back_and_afterwards_it_is_refused():
    assert back("2026-04-01", "2026-04-30", "2026-04-30", "300.00") == "0.00"
    with pytest.raises(DomainError) as refusal:
        back("2026-04-01", "2026-04-30", "2026-05-01", "300.00")
    assert (refusal.value.code, refusal.value.values) == ("term_over", {"ends_on": "2026-04-30"})


def test_a_leap_year_has_366_days():
    assert term("2028-01-01", "2028-12-31").days == 366
    assert back("2028-01-01", "2028-12-31", "2028-02-28", "366.00") == "307.00"
    assert back("2028-01-01", "2028-12-31", "2028-02-29", "366.00") == "306.00"
    assert back("2027-01-01", "2027-12-31", "2027-02-28", "365.00") == "306.00"


def test_half_a_cent_is_rounded_up():
    assert back("2026-04-01", "2026-04-02", "2026-04-01", "0.01") == "0.01"
    assert back("2026-04-01", "2026-04-03", "2026-04-01", "100.00") == "66.67"
    assert back("2026-04-01", "2026-04-03", "2026-04-02", "100.00") == "33.33"


def test_what_went_back_before_is_taken_off():
    assert back("2026-04-01", "2026-04-30", "2026-04-15", "300.00", "100.00") == "50.00"
    assert back("2026-04-01", "2026-04-30", "2026-04-15", "300.00", "150.01") == "0.00"


@given(DAYS, st.integers(1, 800), st.integers(-5, 800), CENTS, st.data())
def test_never_more_than_the_cash_that_is_left(starts_on, days, day, cash, data):
    refunded = data.draw(st.decimals(min_value="0.00", max_value=cash, places=2))
    whole = Term(starts_on=starts_on, ends_on=starts_on + timedelta(days=days - 1))
    on = min(starts_on + timedelta(days=day), whole.ends_on)
    returned = remaining_refund(whole, on, cash=cash, refunded=refunded)
    assert 0 <= returned <= cash - refunded
    if on < starts_on:
        assert returned == cash - refunded


@given(DAYS, st.integers(2, 800), CENTS, st.data())
def test_a_day_later_never_brings_more(starts_on, days, cash, data):
    whole = Term(starts_on=starts_on, ends_on=starts_on + timedelta(days=days - 1))
    day = data.draw(st.integers(0, days - 2))
    on = starts_on + timedelta(days=day)
    today, tomorrow = (
        remaining_refund(whole, one, cash=cash, refunded=Decimal("0.00"))
        for one in (on, on + timedelta(days=1))
    )
    assert tomorrow <= today


@pytest.mark.parametrize(
    ("last", "on", "following"),
    [
        (("2026-01-01", "2026-01-31"), "2026-01-20", ("2026-02-01", "2026-02-28")),
        (("2026-01-15", "2026-02-14"), "2026-02-01", ("2026-02-15", "2026-03-14")),
        (("2027-03-01", "2028-02-29"), "2028-02-01", ("2028-03-01", "2029-02-28")),
        (("2026-01-01", "2026-01-10"), "2026-01-05", ("2026-01-11", "2026-01-20")),
        (("2026-01-01", "2026-01-31"), "2026-02-10", ("2026-02-10", "2026-03-09")),
        (("2026-01-31", "2026-02-27"), "2026-02-10", ("2026-02-28", "2026-03-27")),
    ],
)
def test_the_next_term_is_as_long_as_the_last_one(last, on, following):
    assert next_term(term(*last), date.fromisoformat(on)) == term(*following)


@given(DAYS, st.integers(1, 800))
def test_terms_follow_each_other_without_a_gap_or_an_overlap(starts_on, days):
    last = Term(starts_on=starts_on, ends_on=starts_on + timedelta(days=days - 1))
    following = next_term(last, last.ends_on)
    assert following.starts_on == last.ends_on + timedelta(days=1)
    if whole_months(last) is None:
        assert following.days == last.days
