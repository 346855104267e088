"""What the house stands on fails: it is tried again soon, counts against nobody and is told to nobody."""

import errno
import itertools
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import psycopg
import pytest
from django.db import DataError, OperationalError, connection

from accounts.models import OutboxMessage
from finance_console.faults import of_the_house
from invoicing.models import AutoInvoicingRun, Invoice, NumberSeries, StatusChange
from invoicing.services.auto import running, settings
from invoicing.services.issuing import sweeping
from invoicing.services.reviewing import deciding
from tests.builders import at, make_story

NOON = at("2026-04-05 12:00")


def _from(cause):
    error = OperationalError("it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the connection is closed"),
        _from(psycopg.errors.AdminShutdown()),
        _from(psycopg.errors.DeadlockDetected()),
        _from(psycopg.errors.LockNotAvailable()),
        _from(psycopg.errors.SerializationFailure()),
        ConnectionRefusedError(),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_what_failed_below_is_of_the_house(error):
    assert of_the_house(error)


@pytest.mark.parametrize(
    "error",
    [
        _from(psycopg.errors.QueryCanceled()),
        DataError("too long"),
        ValueError(),
        FileNotFoundError(errno.ENOENT, "gone"),
        SMTPRecipientsRefused({}),
    ],
)
def test_what_a_row_causes_is_of_the_row(error):
    assert not of_the_house(error)


def _ended_at(statement, sweep):
    """Run `sweep` while the server ends our connection before its n-th statement. Whether it came that far."""
    count = 0

    def execute(run, sql, params, many, context):
        nonlocal count
        count += 1
        if count == statement:
            _end(connection.connection.info.backend_pid)
        return run(sql, params, many, context)

    try:
        with connection.execute_wrapper(execute):
            sweep()
    except OperationalError:
        if count < statement:  # not ours
            raise
    finally:
        connection.close()  # as a worker does between two tasks
    return count >= statement


def same_server():
    """What another connection to the database of the test is made with."""
    own = connection.get_connection_params()
    return {
        name: own[name] for name in ("host", "port", "user", "password", "dbname") if own.get(name)
    }


def _end(backend):
    with psycopg.connect(**same_server(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def _end_everywhere(sweep, blameless):
    statement = 1
    while _ended_at(statement, sweep):
        blameless(statement)
        statement += 1
    assert statement > 5
    sweep()


@pytest.mark.django_db(transaction=True)
def test_connections_that_end_while_months_are_invoiced_fail_no_month():
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("300.00", "2026-03-02 10:00")
    settings.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-01 12:00"),
    )

    def blameless(statement):
        failed = AutoInvoicingRun.objects.filter(result=AutoInvoicingRun.Result.FAILED)
        assert not failed.exists(), f"parked after statement {statement}"

    _end_everywhere(lambda: running.run_due(at=NOON), blameless)
    assert AutoInvoicingRun.objects.get(period="2026-03").result == "issued"
    assert not OutboxMessage.objects.filter(topic="auto_invoicing_failed").exists()


@pytest.mark.django_db(transaction=True)
def test_connections_that_end_while_issuing_cost_no_try():
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("300.00", "2026-03-02 10:00")
    application = story.ask("2026-04-04 12:00", amount="200.00")
    deciding.approve(application=application, reviewer=None, at=NOON)
    due = at("2026-04-05 13:00")

    def blameless(statement):
        failed = StatusChange.objects.filter(after=Invoice.Status.FAILED)
        assert not failed.exists(), f"a try was lost at statement {statement}"

    minutes = itertools.count()  # what was being asked for is taken up again after half a minute

    def sweep():
        sweeping.issue_due(at=due + timedelta(minutes=next(minutes)))

    _end_everywhere(sweep, blameless)
    application.refresh_from_db()
    assert application.status == "issued"
    assert [row.last for row in NumberSeries.objects.all()] == [1]
