"""A worker that stands still longer than the broker waits: its task comes to a second one, then it goes on (R22)."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import psycopg
import pytest
from django.db import connection

from finance_console.operating.schedule import JOBS, Job
from invoicing.models import Invoice, InvoiceApplication
from ledger.models import Bill
from tests.faults import test_sweeps as sweeps
from tests.faults.test_faults_of_the_house import same_server

pytestmark = pytest.mark.django_db(transaction=True)
story = sweeps.story
A_MOMENT = 0.02
BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = %s)"


class SecondWorker:
    """Does the same job while the first stands still: to its end, or to where it waits for the first one's locks."""

    def __init__(self) -> None:
        self.pool, self.works, self.ends = ThreadPoolExecutor(1), Future[None](), 0
        self.works.set_result(None)
        self.watch = psycopg.connect(**same_server(), autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.pool.submit(lambda: connection.close()).result()  # its own, of that thread
        self.pool.shutdown()
        self.watch.close()

    def take(self, job: Job, moment: datetime) -> None:
        if self.works.done():
            self.works.result()
            self.works = self.pool.submit(job.task.run, at=moment.isoformat())
        while not wait([self.works], A_MOMENT).done and not self._is_blocked():
            pass
        self.ends += self.works.done()

    def _is_blocked(self) -> bool:
        row = self.watch.execute(BLOCKED, [connection.settings_dict["NAME"]]).fetchone()
        return bool(row and row[0])


def _stand_still_at_every_statement(job: Job, moment: datetime, second: SecondWorker) -> None:
    def execute(run, sql, params, many, context):
        second.take(job, moment)
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        job.task.run(at=moment.isoformat())
    second.works.result()


def test_r22_a_worker_that_stood_still_at_any_statement_does_nothing_a_second_time(story):
    with SecondWorker() as second:
        for moment in (sweeps.NOON, sweeps.LATER, sweeps.LATER + timedelta(minutes=10)):
            for job in JOBS:
                _stand_still_at_every_statement(job, moment, second)

    assert second.ends > len(JOBS)
    application, invoice = InvoiceApplication.objects.get(), Invoice.objects.get()
    assert (application.status, invoice.status) == ("issued", "issued")
    assert str(invoice.gross.amount) == "307.35"
    assert sorted(invoice.files.values_list("format", flat=True)) == ["ofd", "pdf", "xml"]
    assert Bill.objects.values_list("status", flat=True).get() == "settled"
    sweeps.told_once()
