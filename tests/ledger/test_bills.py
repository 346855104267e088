"""Bills: months close on the 3rd in the customer's time zone, lines are rounded once, oldest is settled first."""

import pytest

from accounts.models import OutboxMessage
from ledger.models import Bill, BillLine, Charge, UsageRecord
from ledger.queries.balances import fund_balances, unbilled_usage, unsettled_total
from ledger.services.bills import generating
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_a_month_is_closed_on_the_third_and_rounded_once_per_line():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    for _ in range(3):
        story.use("0.3333333333", "2026-03-10 10:00")
    story.use("0.004", "2026-03-31 23:59")
    assert generating.close_months(at=at("2026-04-02 23:59")) == 0
    assert generating.close_months(at=at("2026-04-03 00:00")) == 1
    assert generating.close_months(at=at("2026-04-03 00:00")) == 0
    line = BillLine.objects.get()
    assert (line.exact, line.amount, line.rounding) == (
        yuan("1.003999999900000000"),
        yuan("1.00"),
        yuan("-0.003999999900000000"),
    )
    bill = Bill.objects.get()
    assert (bill.period, bill.status, bill.total.amount) == ("2026-03", "settled", yuan("1.00"))
    assert fund_balances(story.customer)["cash"] == yuan("99.00")


def test_usage_around_midnight_belongs_to_its_local_month():
    story = make_story()
    story.use("12.00", "2026-03-31 23:30")
    story.use("8.00", "2026-04-01 00:10")
    assert unbilled_usage(story.customer) == {"2026-03": yuan("12.00"), "2026-04": yuan("8.00")}


def test_usage_keeps_eighteen_decimals_and_refuses_more():
    story = make_story()
    story.use("0.004999999999999999", "2026-03-10 10:00")
    assert UsageRecord.objects.get().amount == yuan("0.004999999999999999")
    refused("invalid_amount", lambda: story.use("0.0049999999999999999", "2026-03-10 10:00"))


def test_late_usage_joins_the_earliest_month_still_open():
    story = make_story()
    from ledger.services.usage.metering import record_usage

    record_usage(
        customer=story.customer,
        amount=yuan("5"),
        tax_category=story.key,
        used_at=at("2026-03-31 10:00"),
        at=at("2026-04-03 00:00"),
    )
    assert UsageRecord.objects.get().period == "2026-04"


def test_a_bill_waits_for_the_balance_and_the_oldest_is_settled_first():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    first = story.bill("300.00", "2026-04-03 08:00")
    second = story.bill("50.00", "2026-04-04 08:00")
    assert (first.status, second.status) == ("unsettled", "unsettled")
    assert unsettled_total(story.customer) == yuan("350.00")
    story.recharge("210.00", "2026-04-10 09:00")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.settled_at) == ("settled", at("2026-04-10 09:00"))
    assert second.status == "unsettled"
    assert fund_balances(story.customer)["cash"] == yuan("10.00")


def test_the_customer_is_told_once_about_a_bill_the_balance_does_not_cover():
    story = make_story()
    story.use("5.00", "2026-03-10 10:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    story.use("5.00", "2026-04-10 10:00")
    generating.close_months(at=at("2026-05-03 00:00"))
    told = OutboxMessage.objects.filter(channel="email").order_by("pk")
    assert [(m.topic, m.values["bill"]) for m in told] == [
        ("bill_unsettled", f"BILL-202603-{story.customer.code}-CNY"),
        ("bill_unsettled", f"BILL-202604-{story.customer.code}-CNY"),
    ]


def test_each_line_of_a_bill_is_a_charge_paid_by_funds_in_order():
    story = make_story()
    other = make_key(make_entity("I2"), rate="0.13", content="硬件")
    story.grant("voucher", "15.00", "2026-03-01 09:00")
    story.recharge("100.00", "2026-03-01 09:00")
    story.use("10.00", "2026-03-05 10:00")
    story.use("20.00", "2026-03-05 10:00", key=other)
    generating.close_months(at=at("2026-04-03 00:00"))
    charges = Charge.objects.order_by("pk").values_list("amount", "cash")
    assert list(charges) == [(yuan("10.00"), yuan("0.00")), (yuan("20.00"), yuan("15.00"))]


def test_negative_usage_is_a_credit_on_the_lines_of_its_tax_key():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    story.use("10.00", "2026-03-05 10:00")
    story.use("-2.50", "2026-03-06 10:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    assert Bill.objects.get().total.amount == yuan("7.50")


def test_credit_beyond_a_month_reduces_the_next():
    story = make_story()
    story.recharge("100.00", "2026-03-01 09:00")
    story.use("-2.50", "2026-03-06 10:00")
    generating.close_months(at=at("2026-04-03 00:00"))
    story.use("10.00", "2026-04-05 10:00")
    generating.close_months(at=at("2026-05-03 00:00"))
    totals = Bill.objects.order_by("period").values_list("period", "status", "total")
    assert list(totals) == [
        ("2026-03", "settled", yuan("0.00")),
        ("2026-04", "settled", yuan("7.50")),
    ]


def test_closing_takes_a_handful_of_queries_per_bill_however_much_usage(
    django_assert_max_num_queries,
):
    for _ in range(8):
        story = make_story()
        for _ in range(30):
            story.use("1.00", "2026-03-05 10:00")
    with django_assert_max_num_queries(8 * 9):
        assert generating.close_months(at=at("2026-04-03 00:00")) == 8


def test_months_are_over_by_the_customers_own_clock():
    story = make_story(time_zone="America/New_York")
    story.use("1.00", "2026-03-05 10:00")
    assert generating.close_months(at=at("2026-04-03 11:59")) == 0
    assert generating.close_months(at=at("2026-04-03 12:00")) == 1
