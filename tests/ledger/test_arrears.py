"""A month in arrears and days settled one by one, told by calendar."""

from datetime import timedelta

import pytest

from accounts.models import OutboxMessage
from invoicing.domain import profiles
from ledger.models import Bill, UsageRecord
from ledger.queries.balances import fund_balances
from ledger.queries.listings import late_months
from ledger.services.bills import generating, reminding
from ledger.services.usage.metering import record_usage
from tests.builders import at, make_story, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def daily():
    policy = profiles.variant("baidu", "daily", {"settlement": "daily", "overdue_days": 3})
    profiles.register(policy)
    yield "daily"
    profiles.forget("daily")


def told(topic):
    messages = OutboxMessage.objects.filter(topic=topic, channel="email").order_by("pk")
    return [(message.values["bill"], message.created_at) for message in messages]


def bills():
    rows = Bill.objects.order_by("pk").values_list("number", "day", "period", "total", "status")
    return [(number[:13], day and f"{day}", *rest) for number, day, *rest in rows]


def test_a_month_in_arrears():
    story = make_story("alibaba")
    number = f"BILL-202603-{story.customer.code}-CNY"
    story.recharge("40.00", "2026-03-01 09:00")
    story.use("100.00", "2026-03-20 09:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    assert told("bill_unsettled") == [(number, at("2026-04-03 00:00"))]
    assert reminding.next_overdue(at("2026-04-03 00:00")) == at("2026-04-10 00:00")
    assert reminding.remind_overdue(at=at("2026-04-09 23:59")) == 0
    assert reminding.remind_overdue(at=at("2026-04-10 00:00")) == 1
    assert reminding.remind_overdue(at=at("2026-04-11 00:00")) == 0
    assert told("bill_overdue") == [(number, at("2026-04-10 00:00"))]
    assert reminding.next_overdue(at("2026-04-11 00:00")) is None
    story.use("10.00", "2026-04-12 09:00")
    generating.close_months(at=at("2026-05-03 00:00"))
    story.recharge("59.99", "2026-05-04 09:00")
    assert [row[-1] for row in bills()] == ["unsettled", "unsettled"]
    story.recharge("0.01", "2026-05-05 09:00")
    assert [row[-1] for row in bills()] == ["settled", "unsettled"]
    story.recharge("10.00", "2026-05-06 09:00")
    assert [row[-1] for row in bills()] == ["settled", "settled"]
    assert fund_balances(story.customer)["cash"] == yuan("0.00")


def test_a_settled_bill_is_never_called_overdue():
    story = make_story("alibaba")
    story.bill("5.00", "2026-04-03 09:00")
    story.recharge("5.00", "2026-04-05 09:00")
    assert reminding.next_overdue(at("2026-04-05 09:00")) is None
    assert reminding.remind_overdue(at=at("2026-05-03 00:00")) == 0


def test_each_local_day_is_billed_at_the_next_midnight(daily):
    story = make_story(daily)
    story.recharge("100.00", "2026-03-01 09:00")
    story.use("1.004", "2026-03-30 09:00")
    story.use("2.00", "2026-03-31 23:59")
    assert generating.next_close(at("2026-03-30 10:00")) == at("2026-03-31 00:00")
    assert generating.close_months(at=at("2026-03-30 23:59")) == 0
    assert generating.close_months(at=at("2026-03-31 00:00")) == 1
    assert generating.close_months(at=at("2026-03-31 00:00")) == 0
    assert generating.close_months(at=at("2026-04-01 00:00")) == 1
    assert bills() == [
        ("BILL-20260330", "2026-03-30", "2026-03", yuan("1.00"), "settled"),
        ("BILL-20260331", "2026-03-31", "2026-03", yuan("2.00"), "settled"),
    ]
    assert fund_balances(story.customer)["cash"] == yuan("97.00")
    assert generating.next_close(at("2026-04-01 00:00")) is None


def test_a_late_run_bills_each_missed_day_by_itself(daily):
    story = make_story(daily)
    for day in (28, 29, 30):
        story.use("1.00", f"2026-03-{day} 09:00")
    assert generating.close_months(at=at("2026-03-31 07:00")) == 3
    assert [row[1] for row in bills()] == ["2026-03-28", "2026-03-29", "2026-03-30"]


def test_late_usage_joins_the_first_day_without_a_bill_and_the_bill_says_so(daily):
    story = make_story(daily)
    story.use("1.00", "2026-03-31 09:00")
    generating.close_months(at=at("2026-04-01 00:00"))
    record_usage(
        customer=story.customer,
        amount=yuan("4.00"),
        tax_category=story.key,
        used_at=at("2026-03-31 20:00"),
        at=at("2026-04-01 08:00"),
    )
    assert UsageRecord.objects.get(bill_line=None).period == "2026-04"
    assert generating.next_close(at("2026-04-01 08:00")) == at("2026-04-02 00:00")
    assert generating.close_months(at=at("2026-04-01 23:00")) == 0
    assert generating.close_months(at=at("2026-04-02 00:00")) == 1
    second = Bill.objects.get(day="2026-04-01")
    assert (second.period, late_months(second)) == ("2026-04", {"2026-03": yuan("4.00")})


def test_late_usage_of_a_month_keeps_its_own_month_and_the_bill_says_so():
    story = make_story("alibaba")
    story.use("1.00", "2026-03-20 09:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    for used, amount in (("2026-03-31 23:00", "4.00"), ("2026-04-01 00:30", "8.00")):
        record_usage(
            customer=story.customer,
            amount=yuan(amount),
            tax_category=story.key,
            used_at=at(used),
            at=at("2026-04-05 09:00"),
        )
    generating.close_months(at=at("2026-05-03 00:00"))
    march, april = Bill.objects.order_by("period")
    assert (late_months(march), april.total.amount) == ({}, yuan("12.00"))
    assert late_months(april) == {"2026-03": yuan("4.00")}


def test_credit_a_day_cannot_use_reduces_a_later_day(daily):
    story = make_story(daily)
    story.use("-3.00", "2026-03-10 09:00")
    generating.close_months(at=at("2026-03-11 00:00"))
    story.use("5.00", "2026-03-11 09:00")
    generating.close_months(at=at("2026-03-12 00:00"))
    assert [row[3] for row in bills()] == [yuan("0.00"), yuan("2.00")]


def test_days_are_those_of_the_customers_own_clock(daily):
    story = make_story(daily, time_zone="America/New_York")
    story.use("1.00", "2026-03-02 12:59")
    assert generating.close_months(at=at("2026-03-02 12:59")) == 0
    assert generating.close_months(at=at("2026-03-02 13:00") - timedelta(seconds=1)) == 0
    assert generating.close_months(at=at("2026-03-02 13:00")) == 1
