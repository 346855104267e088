"""Jobs on a moving clock: in order, up to and including the new time, and never for ever."""

from datetime import timedelta

import pytest

from finance_console.operating import schedule
from finance_console.operating.schedule import Job, next_job, run_jobs
from tests.builders import at

START, END = at("2026-03-01 00:00"), at("2026-03-02 00:00")


@pytest.fixture
def jobs(monkeypatch):
    """Replace the schedule by jobs that are due at listed moments; what ran, and when."""
    ran = []

    def make(**due):
        left = {name: sorted(moments) for name, moments in due.items()}

        def job(name):
            return Job(
                name, None, timedelta(0), lambda _after: left[name][0] if left[name] else None
            )

        monkeypatch.setattr(schedule, "JOBS", tuple(job(name) for name in due))

        def run(job, moment):
            ran.append((job.name, moment))
            if left[job.name] and left[job.name][0] <= moment and job.name != "stuck":
                left[job.name].pop(0)

        return ran, run

    return make


def test_jobs_run_in_order_of_time_and_then_of_the_schedule(jobs):
    noon, six = at("2026-03-01 12:00"), at("2026-03-01 18:00")
    ran, run = jobs(first=[noon, END], second=[noon, six])
    run_jobs(START, END, run)
    assert ran == [("first", noon), ("second", noon), ("second", six), ("first", END)]


def test_what_is_due_after_the_new_time_waits(jobs):
    ran, run = jobs(only=[END + timedelta(seconds=1)])
    run_jobs(START, END, run)
    assert ran == []
    assert next_job(START, END) is None


def test_what_is_overdue_runs_now(jobs):
    ran, run = jobs(only=[START - timedelta(days=3)])
    run_jobs(START, START, run)
    assert ran == [("only", START)]


def test_a_job_that_stays_due_is_tried_again_later_and_never_stops_time(jobs):
    noon = at("2026-03-01 12:00")
    ran, run = jobs(stuck=[START], other=[noon])
    run_jobs(START, END, run)
    tries = [moment for name, moment in ran if name == "stuck"]
    assert tries[:5] == [START] * 5
    minutes = sorted({(moment - START) // timedelta(minutes=1) for moment in tries})
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023]
    assert ("other", noon) in ran
    assert len(tries) == 5 * len(minutes)
