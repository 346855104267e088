"""The promises of review, issue and shipping, each by the calendar."""

from datetime import date, timedelta

import pytest

from accounts.models import OutboxMessage
from finance_console.simulation.story import SHANGHAI
from invoicing.models import Invoice
from tests.scenarios.stage import local

MAY = [f"2026-05-0{day}" for day in range(1, 6)]


def clock_of(story, invoice="A1/1"):
    row: Invoice = story.story.find("invoice", invoice)
    return row.ship_due_at and row.ship_due_at.astimezone(SHANGHAI).isoformat()


def asked_on_paper(story, when="2026-04-10 15:00"):
    story.paid_order("O1", "500.00", when)
    story.apply("A1", method="order", orders=["O1"], medium="paper")


@pytest.mark.parametrize(
    ("base", "days", "due"),
    [
        ("baidu", {}, "2026-04-15 15:00"),
        ("baidu", {"2026-04-13": False}, "2026-04-16 15:00"),
        ("baidu", {"2026-04-11": True}, "2026-04-14 15:00"),
        ("standard", {"2026-04-13": False, "2026-04-18": True}, "2026-04-16 15:00"),
        ("kingsoft", {"2026-04-13": False}, "2026-04-16 15:00"),
    ],
)
def test_sc_68_three_working_days_by_the_table_of_holidays(stage, base, days, due):  # B43
    story = stage("standard", start="2026-03-01 00:00")
    story.do(
        "profile",
        name="by hand",
        base=base,
        set={"review_mode": "manual", "methods": ["order"], "prepaid_trigger": "paid",
             "confirm_amount": False, "partial_amounts": True, "max_requests_per_month": None},
    )  # fmt: skip
    for day, works in days.items():
        story.do("holiday", day=day, works=works)
    story.do("account", ref="other", profile="by hand", name="Other Ltd")
    story.do("recharge", "2026-04-10 15:00", account="other", amount="60.00")
    story.order("O1", "60.00", account="other")
    story.do("apply", ref="A1", account="other", method="order", orders=["O1"])
    assert story.ask("application", application="A1")["due_at"] == local(due)


@pytest.mark.parametrize("profile", ["baidu", "standard"])
@pytest.mark.parametrize(("holidays", "due"), [(MAY, "2026-05-06 15:00"), ([], "2026-05-01 15:00")])
def test_sc_69_paper_is_issued_within_fifteen_working_days(stage, profile, holidays, due):
    # B45, C17
    story = stage(profile)
    for day in holidays:
        story.do("holiday", day=day, name="Labour Day")
    asked_on_paper(story)
    assert story.ask("application", application="A1")["due_at"] == local(due)
    story.do("approve", application="A1")
    assert story.ask("application", application="A1")["due_at"] == local(due)


@pytest.mark.parametrize("profile", ["baidu", "standard"])
def test_sc_69_paper_ships_within_three_calendar_days_of_issue(stage, profile):  # B45, C17
    story = stage(profile)
    for day in MAY:
        story.do("holiday", day=day)
    asked_on_paper(story, "2026-04-20 11:00")
    story.issue("A1")
    assert clock_of(story) == local("2026-04-23 11:00")
    assert story.ask("application", application="A1")["due_at"] == local("2026-04-23 11:00")
    story.do("ship", invoice="A1/1", tracking="SF1234567890")
    assert story.ask("application", application="A1")["due_at"] is None
    story.paid_order("O2", "5.00", "2026-04-30 11:00")
    story.apply("A2", method="order", orders=["O2"], medium="paper")
    story.issue("A2")  # holidays do not matter: calendar days
    assert clock_of(story, "A2/1") == local("2026-05-03 11:00")


def test_sc_69_kingsoft_issues_and_sends_within_three_working_days(stage):  # K13, C17
    story = stage("kingsoft")
    story.do("holiday", day="2026-04-07")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.apply(
        "A1", "2026-04-06 09:00", method="month", months=["2026-03"], confirm_amount="150.00"
    )
    story.do("approve", "2026-04-08 09:00", application="A1")
    assert story.ask("application", application="A1")["due_at"] == local("2026-04-10 09:00")
    story.do("issue", application="A1")
    assert clock_of(story) == local("2026-04-10 09:00")


def test_an_electronic_invoice_has_no_day_to_be_shipped_by(stage):
    story = stage("standard")
    story.paid_order("O1", "5.00", "2026-03-02 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.issue("A1")
    assert clock_of(story) is None


@pytest.mark.parametrize("profile", ["baidu", "standard"])
def test_sc_67_minutes_are_expected_and_a_day_is_late(stage, profile):  # B44, B59, C16
    story = stage(profile)
    story.paid_order("O1", "5.00", "2026-03-02 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("approve", application="A1")
    row = story.application("A1")
    assert row.issue_target_at - row.decided_at == timedelta(minutes=5)
    assert row.issue_breach_at - row.decided_at == timedelta(hours=24)


def test_sc_67_a_working_day_where_minutes_are_not_promised(stage):
    story = stage("alibaba")
    story.paid_order("O1", "5.00", "2026-03-06 10:00")  # a Friday
    story.apply("A1", method="order", orders=["O1"])
    assert story.ask("application", application="A1")["due_at"] == local("2026-03-09 10:00")
    story.do("approve", application="A1")
    row = story.application("A1")
    assert (row.issue_target_at, row.issue_breach_at.astimezone(SHANGHAI).date()) == (
        None,
        date(2026, 3, 9),
    )


@pytest.mark.parametrize("profile", ["alibaba", "standard"])
def test_sc_102_the_marketplace_has_seven_working_days(stage, profile):  # A47
    story = stage(profile)
    story.do("product", ref="market", tax_key="T6", marketplace=True)
    story.do("product", ref="theirs", tax_key="C6", marketplace=True)
    story.recharge("600.00", "2026-03-01 09:00")
    story.order("O1", "100.00")
    story.order("O2", "200.00", product="theirs")
    story.apply("A1", "2026-03-10 09:00", method="order", orders=["O1", "O2"])
    entities = {invoice.entity.code for invoice in story.application("A1").invoices.all()}
    assert len(entities) == 2
    story.do("approve", application="A1")
    assert story.ask("application", application="A1")["due_at"] == local("2026-03-19 09:00")


def test_sc_74_nothing_can_change_the_invoice_date(stage):  # B46, C30
    story = stage("baidu")
    story.paid_order("O1", "500.00", "2026-03-15 10:00")
    story.apply("A1", "2026-03-30 10:00", method="month", months=["2026-03"])
    story.do("claim", application="A1")
    unknown = {"date": "2026-03-30", "invoice_date": "2026-03-30", "issued_on": "2026-03-30"}
    for field in unknown:
        with pytest.raises(Exception, match=f'issue has no field "{field}"'):
            story.line("do", "issue", None, application="A1", **{field: unknown[field]})
    story.issue("A1", "2026-04-02 09:00")
    assert story.ask("invoice", invoice="A1/1")["date"] == "2026-04-02"
    assert story.application("A1").remarks == "2026-03"


@pytest.mark.parametrize(("profile", "label"), [("baidu", "Shipped"), ("standard", "Shipped")])
def test_sc_76_paper_ships_with_a_tracking_number(stage, profile, label):
    story = stage(profile)
    asked_on_paper(story)
    assert story.refused("ship", invoice="A1/1", tracking="SF1234567890")["refused"] == (
        "wrong_state"
    )
    story.issue("A1")
    assert story.refused("ship", invoice="A1/1")["refused"] == "tracking_required"
    assert story.refused("receive", invoice="A1/1")["refused"] == "wrong_state"
    assert story.do("ship", invoice="A1/1", tracking="SF1234567890") == {"status": "shipped"}
    assert story.ask("invoice", invoice="A1/1")["label"] == label
    assert story.ask("application", application="A1")["progress"] == "1 of 1 shipped"
    assert story.refused("ship", invoice="A1/1", tracking="SF1234567899")["refused"] == (
        "wrong_state"
    )
    assert story.do("ship", invoice="A1/1", tracking="SF1234567890") == {"status": "shipped"}
    assert OutboxMessage.objects.filter(topic="invoice_shipped").count() == 3
    assert story.do("receive", invoice="A1/1") == {"status": "received"}
    story.clean()


def test_sc_76_kingsoft_sends_it(stage):
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.invoice_everything("A1", "2026-03")
    story.do("ship", invoice="A1/1", tracking="SF1234567890")
    assert story.ask("invoice", invoice="A1/1")["label"] == "Sent"


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_76_an_electronic_invoice_offers_no_shipping(stage, profile):
    story = stage(profile)
    story.paid_order("O1", "5.00", "2026-03-02 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.issue("A1")
    for verb in ("ship", "receive"):
        assert story.refused(verb, invoice="A1/1", tracking="SF1")["refused"] == "paper_only"
    offered = {row["action"]: row for row in story.ask("actions", invoice="A1/1")["actions"]}
    assert not {"ship", "receive"} & set(offered)
    assert offered["download"]["allowed"]


def test_what_may_be_done_with_a_paper_invoice_as_it_goes_its_way(stage):
    story = stage("baidu")
    asked_on_paper(story)

    def allowed():
        rows = story.ask("actions", invoice="A1/1")["actions"]
        return {
            row["action"]
            for row in rows
            if row["allowed"] and row["action"] in ("ship", "receive", "download")
        }

    assert allowed() == set()
    story.issue("A1")
    assert allowed() == {"ship", "download"}
    story.do("ship", invoice="A1/1", tracking="SF1234567890")
    assert allowed() == {"receive", "download"}
    story.do("receive", invoice="A1/1")
    assert allowed() == {"download"}
