"""Reading the books: trial balance, statements, balances as of a day and of an instant."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ledger.models import Entry, LedgerAccount
from ledger.queries.books import (
    balance_after,
    balance_at,
    balance_on,
    bucket_totals,
    fund_account,
    statement,
    trial_balance,
)
from tests.builders import make_story, yuan

pytestmark = pytest.mark.django_db
MARCH_1, MARCH_2, MARCH_3 = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def story():
    made = make_story()
    made.recharge("1000.00", "2026-03-01 09:00")
    made.grant("voucher", "50.00", "2026-03-01 10:00")
    made.order("300.00", "2026-03-02 10:00")
    made.order("40.00", "2026-03-03 10:00", delivered=False)
    return made


def lines(books):
    return {
        (row.entity.code if row.entity else "", row.bucket): (row.debit, row.credit)
        for row in books.rows
    }


def test_the_trial_balance_names_every_system_account_and_debits_equal_credits(story):
    (books,) = trial_balance()
    assert books.currency == "CNY"
    assert lines(books) == {
        ("", "cash"): (yuan("0.00"), yuan("710.00")),
        ("", "funding"): (yuan("1000.00"), yuan("0.00")),
        ("", "grants"): (yuan("50.00"), yuan("0.00")),
        ("I1", "deferred"): (yuan("0.00"), yuan("40.00")),
        ("I1", "revenue"): (yuan("0.00"), yuan("300.00")),
    }
    assert (books.debit, books.credit, books.difference) == (yuan("1050"), yuan("1050"), 0)


def test_the_trial_balance_of_a_day_shows_what_was_dated_until_then(story):
    (books,) = trial_balance(MARCH_2)
    assert lines(books) == {
        ("", "cash"): (yuan("0.00"), yuan("750.00")),
        ("", "funding"): (yuan("1000.00"), yuan("0.00")),
        ("", "grants"): (yuan("50.00"), yuan("0.00")),
        ("I1", "revenue"): (yuan("0.00"), yuan("300.00")),
    }
    assert trial_balance(date(2026, 2, 28)) == []


def test_currencies_stand_side_by_side_and_are_never_added(story):
    other = make_story(name="Overseas Ltd", currency="USD", region="SG")
    other.recharge("70.00", "2026-03-01 09:00")
    chinese, american = trial_balance()
    assert (chinese.currency, chinese.debit) == ("CNY", yuan("1050.00"))
    assert (american.currency, american.debit, american.difference) == ("USD", yuan("70.00"), 0)
    assert bucket_totals("USD", MARCH_1) == {"cash": yuan("70.00"), "funding": yuan("-70.00")}


def test_a_statement_runs_from_the_newest_and_shows_the_balance_after_each(story):
    rows = statement(fund_account(story.customer))
    assert [(e.amount, e.balance_after) for e in rows] == [
        (yuan("-40.00"), yuan("710.00")),
        (yuan("-250.00"), yuan("750.00")),
        (yuan("1000.00"), yuan("1000.00")),
    ]
    assert [e.version for e in statement(fund_account(story.customer), before=3)] == [2, 1]
    vouchers = statement(fund_account(story.customer, "voucher"))
    assert [e.amount for e in vouchers] == [yuan("-50.00"), yuan("50.00")]
    assert list(statement(fund_account(story.customer, "gift"))) == []


@pytest.mark.parametrize(
    ("first", "last", "versions"),
    [
        (MARCH_2, None, [3, 2]),
        (None, MARCH_2, [2, 1]),
        (MARCH_2, MARCH_2, [2]),
        (date(2026, 3, 4), None, []),
        (None, date(2026, 2, 28), []),
    ],
)
def test_a_statement_of_a_range_of_days_includes_both_ends(story, first, last, versions):
    rows = statement(fund_account(story.customer), first=first, last=last)
    assert [e.version for e in rows] == versions


def test_a_late_entry_counts_on_its_own_date(story):
    story.recharge("5.00", "2026-03-01 23:00")
    cash = fund_account(story.customer)
    assert [e.late for e in cash.entries.order_by("version")] == [False, False, False, True]
    assert balance_on(cash, MARCH_1) == yuan("1005.00")
    assert balance_on(cash, MARCH_2) == yuan("755.00")
    assert balance_on(cash, MARCH_3) == cash.balance + 5 - 5 == yuan("715.00")
    assert [e.version for e in statement(cash, first=MARCH_1, last=MARCH_1)] == [4, 1]


def test_the_balance_at_an_instant_is_what_had_been_posted_by_then(story):
    cash = fund_account(story.customer)
    posted = list(
        cash.entries.order_by("version").values_list("transfer__created_at", "balance_after")
    )
    assert [balance_at(cash, moment) for moment, _ in posted] == [b for _, b in posted]
    assert balance_at(cash, datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert balance_at(cash, datetime(2100, 1, 1, tzinfo=UTC)) == yuan("710.00")
    assert balance_after(cash, 2) == yuan("750.00")
    assert balance_at(None, datetime(2100, 1, 1, tzinfo=UTC)) == 0


class BackdatedPostings(TestCase):
    """Whatever the order of dates: the balance of a day is the sum of what is dated until then."""

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
    def test_the_balance_of_a_day_is_the_sum_of_its_entries(self, days):
        story = make_story(name="Backdated Ltd")
        for day in days:
            story.recharge("10.00", f"2026-03-0{day} 12:00")
        cash = fund_account(story.customer)
        dated = list(Entry.objects.filter(account=cash).values_list("local_date", "amount"))
        for day in range(10):
            end = date(2026, 3, day) if day else date(2026, 2, 28)
            expected = sum(amount for when, amount in dated if when <= end)
            assert balance_on(cash, end) == expected
            found = sorted(e.local_date for e in statement(cash, first=date(2026, 3, 3), last=end))
            assert found == sorted(d for d, _ in dated if date(2026, 3, 3) <= d <= end)


def test_accounts_know_their_latest_date(story):
    story.recharge("5.00", "2026-03-01 23:00")
    assert LedgerAccount.objects.get(bucket="cash").last_date == MARCH_3
