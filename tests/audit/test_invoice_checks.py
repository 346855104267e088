"""Corruptions that the audit of applications, invoices, their files and auto-invoicing names."""

import pytest
from django.db import IntegrityError, connection, transaction

from finance_console.audit import run_audit
from invoicing.services.auto import settings
from tests.audit.test_ledger_checks import Change, broken_by
from tests.builders import at, make_story

pytestmark = [pytest.mark.django_db, pytest.mark.corrupts]


@pytest.fixture
def _story():
    """February had nothing and March is invoiced by itself, as special invoices; April is asked for by hand."""
    story = make_story("alibaba")
    story.recharge("500.00", "2026-03-01 09:00")
    settings.enable(
        customer=story.customer,
        title=story.title,
        kind="special",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-01 09:00"),
    )
    story.order("100.00", "2026-03-02 10:00")
    assert settings.run_due(at=at("2026-04-05 02:00")) == 2
    story.issue(story.customer.applications.get(), "2026-04-05 03:00")
    story.order("50.00", "2026-04-06 10:00")
    story.issue(story.ask("2026-04-06 11:00", amount="50.00", kind="special"), "2026-04-06 12:00")
    story.order("30.00", "2026-04-07 10:00")
    story.ask("2026-04-07 11:00", amount="30.00")


FOUR_EYES = ("invoicing_invoiceapplication", "application_four_eyes")
SPECIAL = "UPDATE invoicing_invoiceapplication SET buyer = {} WHERE kind = 'special'"
RUN = "UPDATE invoicing_autoinvoicingrun SET {} WHERE period = '2026-03'"
CORRUPTION = {
    "what the sandbox channel has issued": [
        Change("UPDATE invoicing_sandboxreceipt SET number = reverse(number)"),
    ],
    "a later number was not": [
        Change("UPDATE invoicing_invoice SET issued_at = '2026-04-01' WHERE number = (SELECT max(number) FROM invoicing_invoice)"),
    ],
    "where a month is invoiced once": [
        Change("UPDATE invoicing_invoiceapplication SET profile = 'kingsoft', method = 'month'"),
    ],
    "the log of an invoice": [
        Change("UPDATE invoicing_invoice SET status = 'crediting' WHERE status = 'issued'"),
        Change("DELETE FROM invoicing_statuschange WHERE invoice_id IS NOT NULL"),
        Change("UPDATE invoicing_statuschange SET before = 'failed' WHERE invoice_id IS NOT NULL"),
        Change("UPDATE invoicing_invoice SET status = 'dropped' WHERE status = 'planned'"),
    ],
    "the log of an application": [
        Change("UPDATE invoicing_invoiceapplication SET status = 'approved' WHERE status = 'pending_approval'"),
    ],
    "a closed account was closed once": [
        Change("UPDATE accounts_customeraccount SET status = 'closed', closed_at = now()"),
    ],
    "only issued invoices have files": [
        Change("INSERT INTO invoicing_invoicefile (invoice_id, format, sha256, size, rendered_at) SELECT id, 'pdf', '0', 0, now() FROM invoicing_invoice WHERE number IS NULL"),
    ],
    "nobody decided on an application": [
        Change("UPDATE invoicing_invoiceapplication SET decided_by_id = submitted_by_id", FOUR_EYES),
    ],
    "a special invoice has a complete title": [
        Change(SPECIAL.format("""jsonb_set(buyer, '{phone}', '""')""")),
        Change(SPECIAL.format("buyer - 'bank_account'")),
    ],
    "an auto-invoicing run that applied": [
        Change(RUN.format("total = total - 0.01")),
        Change(RUN.format("application_id = NULL")),
        Change(RUN.format("result = 'nothing'")),
        Change(RUN.format("application_id = (SELECT max(id) FROM invoicing_invoiceapplication)")),
    ],
    "no month was invoiced by itself before": [
        Change(RUN.format("ran_at = '2026-04-04 17:59:59+00'")),
    ],
    "auto-invoicing left out no month": [
        Change("DELETE FROM invoicing_autoinvoicingrun WHERE period = '2026-02'"),
        Change("UPDATE invoicing_autoinvoicing SET first_period = '2025-11'"),
    ],
}  # fmt: skip
PLANTED = [(sentence, change) for sentence, changes in CORRUPTION.items() for change in changes]


@pytest.mark.usefixtures("_story")
def test_untouched_invoices_pass():
    assert [(result.name, result.rows) for result in run_audit() if result.rows] == []


@pytest.mark.usefixtures("_story")
@pytest.mark.parametrize(("sentence", "change"), PLANTED, ids=range(len(PLANTED)))
def test_a_planted_corruption_is_named(sentence, change):  # I17, I18
    names = broken_by(change)
    assert [name for name in names if name.startswith(sentence)], names


@pytest.mark.usefixtures("_story")
@pytest.mark.parametrize(
    "moved",
    [
        "status = 'shipped'",
        "status = 'shipped', shipped_at = now(), tracking_number = 'SF1'",
        "shipped_at = now(), tracking_number = 'SF1'",
    ],
)
def test_an_electronic_invoice_that_is_shipped_is_refused_by_the_database(moved):
    with (
        pytest.raises(IntegrityError, match=r"invoice_(shipped_has_moment|tracking_when_shipped)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE invoicing_invoice SET {moved} WHERE status = 'issued'")


@pytest.mark.usefixtures("_story")
def test_a_customer_closed_without_a_moment_is_refused_by_the_database():
    with (
        pytest.raises(IntegrityError, match="closed_has_moment"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE accounts_customeraccount SET status = 'closed'")
