"""What runs when. The schedule is code; rows in the database decide what is due.

Each job is a sweep: it does whatever is due at the moment it is given and nothing else, so a
missed, doubled or late tick is harmless (reliability rule 7). `next_due` names the next moment
at which the job would have something to do: beat does not need it, but a story or a demo that
moves the clock runs exactly the jobs that fall due on the way, in order.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import Task
from celery.schedules import crontab

from accounts.messages import outbox
from accounts.models import OutboxMessage
from accounts.tasks import relay_inbox, relay_mail, relay_texts
from invoicing import tasks as invoicing_tasks
from invoicing.services import due, watching
from ledger.services.bills import generating, reminding
from ledger.services.control import reconciling
from ledger.services.funds import expiring
from ledger.services.recharges import online
from ledger.tasks import close_months, expire_funds, expire_payments, reconcile_days, remind_overdue


@dataclass(frozen=True, slots=True)
class Job:
    """A task, how often beat rings for it, and when it next has work after a given moment.

    `housekeeping` is for the house alone: no customer would notice. Beat rings for it like for
    any other; a story or a demo that plays a calendar leaves it out.
    """

    name: str
    task: Task[..., Any]
    every: timedelta | crontab
    next_due: Callable[[datetime], datetime | None]
    housekeeping: bool = False


SECONDS_10 = timedelta(seconds=10)
RUNS_AT_ONCE = 5
LONGEST_PAUSE = 10  # doublings of a minute: about 17 hours
JOBS = (
    Job(
        "put_profiles_in_force",
        invoicing_tasks.put_profiles_in_force,
        timedelta(minutes=1),
        due.next_profile,
    ),
    Job("close_months", close_months, timedelta(minutes=5), generating.next_close),
    Job("expire_funds", expire_funds, timedelta(minutes=5), expiring.next_expiry),
    Job("remind_overdue", remind_overdue, timedelta(minutes=5), reminding.next_overdue),
    Job(
        "reconcile_days",
        reconcile_days,
        timedelta(minutes=5),
        reconciling.next_reconciliation,
        housekeeping=True,
    ),
    Job("expire_payments", expire_payments, timedelta(minutes=1), online.next_expiry),
    Job("offset_deficits", invoicing_tasks.offset_deficits, timedelta(minutes=5), due.next_offset),
    Job(
        "rehearse_auto_invoicing",
        invoicing_tasks.rehearse_auto_invoicing,
        timedelta(minutes=5),
        due.next_rehearsal,
    ),
    Job("auto_invoice", invoicing_tasks.auto_invoice, timedelta(minutes=1), due.next_auto_run),
    Job("cancel_clashes", invoicing_tasks.cancel_clashes, SECONDS_10, due.next_clash),
    Job("review_applications", invoicing_tasks.review_applications, SECONDS_10, due.next_review),
    Job("issue_invoices", invoicing_tasks.issue_invoices, SECONDS_10, due.next_issue),
    Job("decide_credits", invoicing_tasks.decide_credits, SECONDS_10, due.next_credit_decision),
    Job(
        "expire_confirmations",
        invoicing_tasks.expire_confirmations,
        timedelta(minutes=5),
        due.next_confirmation_end,
    ),
    Job(
        "watch_promises",
        invoicing_tasks.watch_promises,
        timedelta(hours=1),
        watching.next_watch,
        housekeeping=True,
    ),
    Job("render_documents", invoicing_tasks.render_documents, SECONDS_10, due.next_render),
    *(
        Job(name, task, SECONDS_10, partial(outbox.next_due, channel=channel))
        for name, task, channel in (
            ("relay_inbox", relay_inbox, OutboxMessage.Channel.INBOX),
            ("relay_texts", relay_texts, OutboxMessage.Channel.SMS),
            ("relay_mail", relay_mail, OutboxMessage.Channel.EMAIL),
        )
    ),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The table for Celery beat. A tick that waited longer than its interval is dropped."""
    return {
        job.name: {
            "task": job.task.name,
            "schedule": job.every,
            "options": {"expires": 60},
        }
        for job in JOBS
    }


def next_job(after: datetime, until: datetime) -> tuple[Job, datetime] | None:
    """The job that falls due first in (after, until], or is overdue now, and the moment it runs.

    Jobs due at the same moment come in the order of `JOBS`. None: nothing until then.
    """
    return _next(after, until, {})


def run_jobs(after: datetime, until: datetime, run: Callable[[Job, datetime], object]) -> None:
    """Call `run` for every job that falls due from `after` to `until`, both inclusive, in order.

    Time stands still while jobs keep being due. One that is still due after `RUNS_AT_ONCE` runs at
    one moment cannot do its work: it is tried again a minute later, then after two, four ...
    minutes, so that it can neither stop time nor be forgotten.
    """
    runs: Counter[str] = Counter()
    pauses: Counter[str] = Counter()
    not_before: dict[str, datetime] = {}
    now = after
    while due := _next(now, until, not_before):
        job, moment = due
        if moment > now:
            runs.clear()
        if moment != not_before.get(job.name, moment):
            pauses[job.name] = 0  # it had nothing to do in between
        now = moment
        run(job, now)
        runs[job.name] += 1
        if runs[job.name] == RUNS_AT_ONCE:
            not_before[job.name] = now + timedelta(
                minutes=2 ** min(pauses[job.name], LONGEST_PAUSE)
            )
            pauses[job.name] += 1


def _next(
    after: datetime, until: datetime, not_before: Mapping[str, datetime]
) -> tuple[Job, datetime] | None:
    """`next_job`, with jobs that must wait for a moment, by name."""
    moments = [
        (max(moment, after, not_before.get(job.name, after)), n)
        for n, job in enumerate(JOBS)
        if not job.housekeeping and (moment := job.next_due(after))
    ]
    if not moments:
        return None
    moment, n = min(moments)
    return (JOBS[n], moment) if moment <= until else None
