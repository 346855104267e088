"""Every job is a sweep over rows: again it changes nothing, and nobody has to ring for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from accounts.models import OutboxMessage
from finance_console.operating.schedule import JOBS, Job
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services.auto import settings as auto
from tests.builders import Story, at, make_story
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db
NOON = at("2026-04-05 12:00")
LATER = NOON + timedelta(minutes=10)
DAY = timedelta(days=1)
PASSES = 6


@pytest.fixture
def story() -> Story:
    """March of a customer with usage, an order, a voucher and auto-invoicing; no job has run yet."""
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("voucher", "5.00", "2026-03-01 09:00")
    story.order("300.00", "2026-03-02 10:00")
    story.use("12.345", "2026-03-03 10:00")
    auto.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-01 12:00"),
    )
    return story


def told_once() -> None:
    """The one message of the day is sent, by each of its three channels once."""
    assert OutboxMessage.objects.filter(topic="invoices_issued").count() == 3
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def settle(moment: datetime, jobs: Sequence[Job] = JOBS) -> None:
    """Run the jobs at this moment, again and again until a pass changes nothing."""
    for _ in range(PASSES):
        before = fingerprint()
        for job in jobs:
            job.task.run(at=moment.isoformat())
        if fingerprint() == before:
            return
    raise AssertionError("the jobs never come to an end")


def test_r21_every_job_again_changes_nothing(story):
    for moment in (NOON, LATER):
        settle(moment)
        end = fingerprint()
        for job in reversed(JOBS):
            job.task.run(at=moment.isoformat())
            assert fingerprint() == end, job.name


def test_r21_in_reverse_the_jobs_come_to_the_same_end(story):
    """The bill and the automatic run of March are both overdue, and the run wakes first."""
    for moment in (NOON, LATER):
        settle(moment, JOBS[::-1])
    invoice = Invoice.objects.get()
    assert (invoice.status, str(invoice.gross.amount)) == ("issued", "307.35")
    assert sorted(invoice.files.values_list("format", flat=True)) == ["ofd", "pdf", "xml"]
    told_once()


def test_r33_a_clock_that_jumps_a_day_does_nothing_early_and_nothing_twice(story):
    before = NOON - DAY
    settle(before)
    assert not InvoiceApplication.objects.exists()  # the month is invoiced on the 5th
    for moment in (NOON, LATER):
        settle(moment)
    done = Invoice.objects.values_list("number", "issued_at").get()
    told_once()
    for moment in (before, NOON, before + DAY + DAY, before, LATER):
        settle(moment)
        assert Invoice.objects.values_list("number", "issued_at").get() == done
        told_once()


def test_r33_what_was_asked_for_before_the_clock_went_back_waits_for_its_time(story):
    application = story.ask("2026-04-05 12:00", amount="100.00")
    settle(NOON - DAY)
    application.refresh_from_db()
    assert application.status == "pending_approval"
    settle(LATER)
    settle(LATER + timedelta(minutes=10))
    application.refresh_from_db()
    assert application.status == "issued"
    moments = application.changes.order_by("pk").values_list("at", flat=True)
    assert list(moments) == sorted(moments)


def test_r20_what_nobody_rang_for_is_done_all_the_same(story):
    """No task was published: as after a kill between commit and publishing, or when Redis lost all (R18)."""
    cache.clear()
    settle(NOON)
    settle(LATER)
    invoice = Invoice.objects.get()
    assert (invoice.status, str(invoice.gross.amount)) == ("issued", "307.35")
    assert sorted(invoice.files.values_list("format", flat=True)) == ["ofd", "pdf", "xml"]
    told_once()
