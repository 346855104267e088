"""Exports of a month are cumulative: a newer one replaces what is not billed, corrects what is, and never doubles."""

import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance_console.audit import run_audit
from ledger.models import Bill, UsageBatch, UsageRecord
from ledger.services.bills.generating import close_months
from ledger.services.usage.importing import take_usage
from ledger.services.usage.replacing import Effect, How
from tests.builders import at
from tests.ledger.focus_lines import ARRIVED, HEADER, abroad
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db
CLOSED, LATER = at("2024-10-03 00:00"), at("2024-10-04 09:00")


@pytest.fixture
def story():
    made = abroad()
    made.recharge("1000.00", "2024-09-01 10:00")
    return made


def line(resource: str, cost: str, start: str = "2024-09-01T00:00:00Z") -> str:
    return f"{cost},USD,{start},Usage,2024-09-18T22:00:00Z,Kestrel,Queue,{resource}"


def content(*costs: str) -> bytes:
    return "\n".join([HEADER, *(line(*cost.split("=")) for cost in costs), ""]).encode()


def take(story, *costs: str, when=ARRIVED, how=How.AUTO, only_look=False) -> Effect:
    return take_usage(
        customer=story.customer, name="u.csv", stream=io.BytesIO(content(*costs)), at=when, how=how,
        only_look=only_look,
    ).effect  # fmt: skip


def usage() -> Decimal:
    """All usage of files, billed or not; credits that a bill carried to the next one are the bill's."""
    of_files = UsageRecord.objects.exclude(batch=None)
    return of_files.aggregate(total=Sum("amount"))["total"].normalize()


def faults() -> list[str]:
    return [result.name for result in run_audit() if result.rows]


def test_a_newer_export_replaces_the_older_one(story):
    take(story, "a=10", "b=20")
    effect = take(story, "a=10", "b=21", "c=5")
    assert effect == Effect(new=1, unchanged=1, changed=1, difference=Decimal(6))
    assert (usage(), UsageRecord.objects.count()) == (36, 3)
    assert take(story, "a=10", "c=5").gone == 1
    assert usage() == 15
    assert faults() == []


def test_equal_lines_of_a_file_count_together_and_the_order_decides_nothing(story):
    take(story, "a=10", "a=10")
    assert take(story, "b=1", "a=10", "a=10") == Effect(new=1, unchanged=1, difference=Decimal(1))
    assert usage() == 21


def test_a_file_without_any_line_of_an_earlier_one_is_a_further_part(story):
    take(story, "a=10")
    assert take(story, "b=20").replaces is False
    assert usage() == 30
    take(story, "a=11")  # the first part again, corrected: the second stays
    assert usage() == 31
    take(story, "c=5", how=How.REPLACE)
    assert usage() == 5
    take(story, "c=7", "d=0", how=How.ADD)
    assert usage() == 12
    assert faults() == []


def test_what_is_billed_already_is_corrected_in_the_next_bill(story):
    take(story, "a=10", "b=20", "c=30")
    close_months(at=CLOSED)
    effect = take(story, "a=10", "b=18", "d=1", when=LATER)
    assert effect == Effect(
        new=1, unchanged=1, changed=1, gone=1, billed=3, corrected=Decimal(-32), difference=Decimal(-31)
    )  # fmt: skip
    assert usage() == 29
    open_ones = UsageRecord.objects.filter(bill_line=None)
    assert {(row.resource, row.amount, row.period) for row in open_ones} == {
        ("b", Decimal(-2), "2024-10"), ("c", Decimal(-30), "2024-10"), ("d", Decimal(1), "2024-10"),
    }  # fmt: skip
    assert faults() == []
    take(story, "a=10", "b=25", "c=30", "d=1", "e=100", when=LATER)  # c is there again
    assert usage() == 166
    close_months(at=at("2024-11-03 00:00"))
    assert sum(bill.total.amount for bill in Bill.objects.all()) == 166
    take(story, "a=10", "b=25", "c=30", "d=1", "e=99", when=at("2024-11-04 09:00"))
    assert usage() == 165
    assert faults() == []


def test_a_line_that_was_taken_back_and_billed_does_not_come_again(story):
    """A chain of exports: each is compared with all before it, not with the last one alone."""
    take(story, "k=10", "x=1")
    close_months(at=CLOSED)
    take(story, "x=1", "l=100", when=LATER)
    close_months(at=at("2024-11-03 00:00"))
    take(story, "l=100", "m=1", when=at("2024-11-04 09:00"))
    assert usage() == 101
    assert faults() == []


def test_looking_says_what_would_change_and_writes_nothing(story):
    take(story, "a=10", "b=20")
    before = fingerprint()
    effect = take(story, "a=11", "c=1", only_look=True)
    assert (effect.new, effect.changed, effect.gone) == (1, 1, 1)
    assert fingerprint() == before
    assert take(story, "a=11", "c=1") == effect


def test_blank_lines_at_the_end_and_line_ends_of_windows_are_not_a_new_file(story):
    take(story, "a=10")
    for other in (content("a=10") + b"\n \n", content("a=10").replace(b"\n", b"\r\n")):
        known = take_usage(
            customer=story.customer, name="again.csv", stream=io.BytesIO(other), at=ARRIVED
        )
        assert known.known
    assert (usage(), UsageBatch.objects.count()) == (10, 1)


def test_another_month_another_account_and_another_issuer_are_sources_of_their_own(story):
    take(story, "a=10")
    october = line("a", "7", "2024-10-01T00:00:00Z")
    account = f"{HEADER},BillingAccountId\n{line('a', '8')},77\n"
    for body in (f"{HEADER}\n{october}\n", account):
        stream = io.BytesIO(body.encode())
        take_usage(customer=story.customer, name="u.csv", stream=stream, at=ARRIVED)
    assert usage() == 25


def test_thirty_decimals_are_exact_and_more_are_rounded_to_even_and_counted(story):
    tiny = "0." + "0" * 29 + "1"
    assert take(story, f"a={tiny}", f"b=1.{'3' * 30}", "c=123456789012345.1").rounded == 0
    assert UsageRecord.objects.get(resource="a").amount == Decimal(tiny)
    effect = take(story, f"d=0.{'0' * 30}5", f"e=0.{'0' * 29}15", f"f={tiny}0")
    assert effect.rounded == 2
    amounts = {row.resource: row.amount for row in UsageRecord.objects.all()}
    assert (amounts["d"], amounts["e"]) == (0, Decimal("2E-30"))


def test_a_bill_of_thirty_decimals_ties(story):
    take(story, f"a=10.{'3' * 30}", f"b=0.{'6' * 30}")
    close_months(at=CLOSED)
    assert Bill.objects.get().total.amount == 11
    assert faults() == []


def test_billed_usage_is_never_deleted(story):
    take(story, "a=10")
    close_months(at=CLOSED)
    with pytest.raises(DatabaseError), transaction.atomic():
        UsageRecord.objects.all().delete()


COSTS = st.dictionaries(
    st.sampled_from("abcd"), st.integers(-5, 40), min_size=1
)  # a charge and its cost; a charge may be missing from an export


@given(st.lists(st.tuples(COSTS, st.booleans()), min_size=2, max_size=5))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_exports_follow_each_other_and_whenever_bills_are_made_usage_is_that_of_the_last_one(
    story, exports
):
    """Charges come, change, go and come again, between bills or not: nothing is lost and nothing doubled."""
    with transaction.atomic():
        always = (
            "x=1"  # makes each a newer export of the one before; n.. makes none the same file again
        )
        for month, (costs, bill) in enumerate(exports, start=10):
            when = at("2024-10-02 09:00") if month == 10 else at(f"2024-{min(month, 12)}-04 09:00")
            written = [f"n{month}=0", *(f"{name}={cost}" for name, cost in costs.items())]
            take(story, always, *written, when=when)
            assert usage() == 1 + sum(costs.values())
            if bill and month <= 11:
                close_months(at=at(f"2024-{month + 1}-03 00:00") if month > 10 else CLOSED)
        assert faults() == []
        transaction.set_rollback(True)
