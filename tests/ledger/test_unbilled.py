"""What waits for its bill says when the bill comes: by month, or by day where bills are daily."""

import pytest

from invoicing.domain import profiles
from invoicing.queries.invoiceable import waiting
from invoicing.services.asking.explaining import explain_months
from ledger.queries.unbilled import Unbilled, unbilled
from ledger.services.bills import generating
from ledger.services.usage.metering import record_usage
from tests.builders import at, make_story, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def daily():
    profiles.register(profiles.variant("alibaba", "daily", {"settlement": "daily"}))
    yield "daily"
    profiles.forget("daily")


def test_a_month_is_billed_on_the_bill_day():
    story = make_story("alibaba")
    story.use("1.004", "2026-03-30 09:00")
    story.use("2.00", "2026-03-31 23:59")
    story.use("4.00", "2026-04-01 00:00")
    assert unbilled(story.customer) == [
        Unbilled("2026-03", yuan("3.00"), at("2026-04-03 00:00")),
        Unbilled("2026-04", yuan("4.00"), at("2026-05-03 00:00")),
    ]


def test_a_day_is_billed_at_the_next_midnight(daily):
    story = make_story(daily)
    story.use("1.004", "2026-03-30 09:00")
    story.use("2.00", "2026-03-31 23:59")
    assert unbilled(story.customer) == [
        Unbilled("2026-03", yuan("1.00"), at("2026-03-31 00:00")),
        Unbilled("2026-03", yuan("2.00"), at("2026-04-01 00:00")),
    ]
    found = [
        (row.reason, row.amount, row.available_at)
        for row in waiting(story.customer, at("2026-03-31 23:59"))
    ]
    assert found == [
        ("bill_not_generated", yuan("1.00"), at("2026-03-31 00:00")),
        ("bill_not_generated", yuan("2.00"), at("2026-04-01 00:00")),
    ]
    generating.close_months(at=at("2026-03-31 00:00"))
    late = explain_months([story.customer], ("2026-03",))
    assert late.code == "bill_not_settled"
    story.recharge("1.00", "2026-03-31 09:00")
    story.issue(story.ask("2026-03-31 10:00", amount="1.00"), "2026-03-31 11:00")
    asked = explain_months([story.customer], ("2026-03",))
    assert (asked.code, asked.values) == (
        "bill_not_generated",
        {"available_at": "2026-04-01 00:00"},
    )


def test_late_usage_waits_for_the_first_day_without_a_bill(daily):
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
    story.use("8.00", "2026-04-01 09:00")
    assert unbilled(story.customer) == [
        Unbilled("2026-04", yuan("12.00"), at("2026-04-02 00:00")),
    ]
    assert generating.next_close(at("2026-04-01 08:00")) == at("2026-04-02 00:00")
