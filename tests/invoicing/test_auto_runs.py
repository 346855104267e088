"""Runs of auto-invoicing: many customers, one that breaks, months missed, a run that is stopped."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.models import (
    AutoInvoicingRun,
    InvoiceApplication,
)
from invoicing.services.auto import running, settings
from invoicing.services.auto.waiting import Progress, progress
from tests.builders import at, make_story
from tests.invoicing.test_auto_like_by_hand import DUE, on

pytestmark = pytest.mark.django_db


def test_forty_customers_cost_as_many_queries_as_four():
    costs = []
    for count in (4, 40):
        for _ in range(count):
            story = make_story("alibaba")
            story.recharge("100.00", "2026-01-01 09:00")
            story.order("60.00", "2026-03-02 10:00")
            on(story)
        with CaptureQueriesContext(connection) as queries:
            assert settings.run_due(at=DUE) == count
        costs.append(len(queries))
    assert costs[0] == costs[1] < 35


def test_one_broken_customer_never_keeps_the_others_waiting(monkeypatch):
    stories = [make_story("alibaba", f"Customer {n} Ltd") for n in range(3)]
    for story in stories:
        story.recharge("100.00", "2026-01-01 09:00")
        story.order("60.00", "2026-03-02 10:00")
        on(story)
    judge = running.judge

    def broken(facts, policy, period):
        if facts.customer.pk == stories[1].customer.pk:
            raise ZeroDivisionError
        return judge(facts, policy, period)

    monkeypatch.setattr(running, "judge", broken)
    assert settings.run_due(at=DUE) == 3
    assert list(AutoInvoicingRun.objects.order_by("customer").values_list("result", "reason")) == [
        ("issued", ""),
        ("failed", "auto_broken"),
        ("issued", ""),
    ]
    assert stories[1].customer.outbox.filter(topic="auto_invoicing_failed").count() == 3
    monkeypatch.setattr(running, "judge", judge)
    assert settings.run_due(at=DUE) == 0
    again = running.run_again(
        customer=stories[1].customer, period="2026-03", by=stories[1].user, at=DUE
    )
    assert (again.result, again.reason, str(again.total)) == ("issued", "", "60.00")


def test_what_was_invoiced_by_hand_is_left_out():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-01-01 09:00")
    story.order("60.00", "2026-03-02 10:00")
    story.order("40.00", "2026-03-03 10:00")
    on(story)
    story.ask("2026-03-20 10:00", amount="75.00")
    assert settings.run_due(at=DUE) == 1
    assert str(AutoInvoicingRun.objects.get().total) == "25.00"


def test_r30_three_missed_months_run_in_order_each_once():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-01-01 09:00")
    for month in ("03", "04", "05"):
        story.order("10.00", f"2026-{month}-02 10:00")
    on(story, "2026-03-01 09:00")
    late = at("2026-06-20 11:00")
    assert settings.run_due(at=late) == 4  # February, that it was on for too, had nothing
    assert list(AutoInvoicingRun.objects.order_by("pk").values_list("period", "result")) == [
        ("2026-02", "nothing"),
        ("2026-03", "issued"),
        ("2026-04", "issued"),
        ("2026-05", "issued"),
    ]
    assert settings.run_due(at=late) == 0


def test_r32_the_month_switches_exactly_at_local_time():
    story = make_story("alibaba")
    on(story, "2026-03-01 09:00")
    assert settings.run_due(at=at("2026-03-05 01:59:59")) == 0
    assert settings.run_due(at=at("2026-03-05 02:00:00")) == 1


def test_a_run_that_is_stopped_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    for n in range(5):
        story = make_story("alibaba", f"Customer {n} Ltd")
        story.recharge("100.00", "2026-01-01 09:00")
        story.order("60.00", "2026-03-02 10:00")
        on(story)
    asked = iter([True, True, False, False])
    assert running.run_due(at=DUE, go_on=lambda: next(asked)) == 4
    assert progress(DUE) == [Progress("2026-03", 4, 5)]
    assert running.run_due(at=DUE) == 1
    assert progress(DUE) == [Progress("2026-03", 5, 5)]
    assert InvoiceApplication.objects.count() == 5
