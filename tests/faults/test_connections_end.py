"""Connections end at every statement of every job, and the day ends as if nothing had happened."""

from datetime import timedelta

import pytest

from accounts.models import OutboxMessage
from finance_console.operating.schedule import JOBS
from invoicing.models import AutoInvoicingRun, Invoice, InvoiceApplication, StatusChange
from ledger.models import Bill
from tests.faults import test_sweeps as sweeps
from tests.faults.test_faults_of_the_house import _ended_at

pytestmark = pytest.mark.django_db(transaction=True)
story = sweeps.story
MOST_STATEMENTS = 400


def _blameless(where):
    failed = AutoInvoicingRun.objects.filter(result=AutoInvoicingRun.Result.FAILED)
    assert not failed.exists(), f"a month was parked by {where}"
    assert not StatusChange.objects.filter(after=Invoice.Status.FAILED).exists(), (
        f"an invoice lost a try by {where}"
    )
    assert not OutboxMessage.objects.exclude(tries=0, parked_at=None).exists(), (
        f"a message lost a try by {where}"
    )


def _end_at_every_statement(job, moment):
    statement = 1
    while _ended_at(statement, lambda: job.task.run(at=moment.isoformat())):
        _blameless(f"{job.name} at statement {statement}")
        statement += 1
        assert statement < MOST_STATEMENTS
    return statement - 1


def test_a_day_of_ended_connections_fails_nothing_and_does_everything_once(story):
    ends = {}
    for moment in (sweeps.NOON, sweeps.LATER, sweeps.LATER + timedelta(minutes=10)):
        for job in JOBS:
            ends[job.name] = ends.get(job.name, 0) + _end_at_every_statement(job, moment)

    assert min(ends.values()) > 0, ends  # every job was interrupted
    sweeps.settle(sweeps.LATER + timedelta(minutes=20))
    application, invoice = InvoiceApplication.objects.get(), Invoice.objects.get()
    assert (application.status, invoice.status) == ("issued", "issued")
    assert str(invoice.gross.amount) == "307.35"
    assert sorted(invoice.files.values_list("format", flat=True)) == ["ofd", "pdf", "xml"]
    assert Bill.objects.values_list("status", flat=True).get() == "settled"
    sweeps.told_once()
