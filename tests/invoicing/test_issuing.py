"""Issuing: consecutive numbers, frozen content, retry of what failed, files afterwards."""

import hashlib
import threading

import pytest
from django.db import Error, connection, transaction

from accounts.models import OutboxMessage
from invoicing.channels import SandboxChannel
from invoicing.models import Invoice, NumberSeries
from invoicing.services.issuing import invoices, sweeping
from invoicing.services.reviewing import deciding
from tests.builders import at, make_entity, make_key, make_story, yuan
from tests.refusing import refused

NOON = at("2026-03-02 12:00")


def _approved(*rates, profile="alibaba", amount="100.00"):
    """An approved application with one invoice per rate."""
    story = make_story(profile)
    story.recharge("100000.00", "2026-03-01 09:00")
    for n, rate in enumerate(rates or ["0.06"]):
        key = (
            story.key
            if rate == "0.06"
            else make_key(make_entity(f"R{n}{story.customer.pk}"), rate=rate)
        )
        story.order(amount, "2026-03-01 10:00", key=key)
    application = story.ask("2026-03-02 11:00", amount=str(yuan(amount) * max(1, len(rates))))
    return story, deciding.approve(application=application, reviewer=None, at=NOON)


@pytest.mark.django_db
def test_issuing_numbers_freezes_and_moves_reserved_to_invoiced():
    story, application = _approved()
    invoices.issue_application(application=application, at=at("2026-03-02 23:59"))
    invoice = application.invoices.get()
    assert (invoice.status, invoice.number[:5], invoice.number[-10:]) == (
        "issued",
        "26991",
        "0000000001",
    )
    assert str(invoice.invoice_date) == "2026-03-02"
    assert hashlib.sha256(invoice.snapshot.encode()).hexdigest() == invoice.snapshot_sha256
    item = story.customer.items.get()
    assert (item.reserved, item.invoiced) == (yuan("0.00"), yuan("100.00"))


@pytest.mark.django_db
def test_issuing_again_changes_nothing():
    _story, application = _approved()
    invoices.issue_application(application=application, at=NOON)
    number = application.invoices.get().number
    invoices.issue_application(application=application, at=at("2026-03-03 12:00"))
    assert application.invoices.get().number == number
    assert OutboxMessage.objects.filter(topic="invoices_issued").count() == 3


@pytest.mark.django_db
def test_only_approved_applications_are_issued():
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("100.00", "2026-03-01 10:00")
    application = story.ask("2026-03-02 11:00", amount="100.00")
    refused("wrong_state", lambda: invoices.issue_application(application=application, at=NOON))


@pytest.mark.django_db
def test_a_refused_invoice_is_retried_alone_and_leaves_no_gap():
    _story, application = _approved("0.06", "0.13", "0.09")
    invoices.issue_application(application=application, at=NOON, channel=SandboxChannel(refuse={2}))
    assert [i.status for i in application.invoices.order_by("position")] == [
        "issued",
        "failed",
        "issued",
    ]
    application.refresh_from_db()
    assert (application.status, application.issue_at) == ("approved", at("2026-03-02 12:10"))
    assert not OutboxMessage.objects.filter(topic="invoices_issued").exists()
    assert sweeping.issue_due(at=at("2026-03-02 12:09")) == 0
    assert sweeping.issue_due(at=at("2026-03-02 12:10")) == 1
    assert {i.status for i in application.invoices.all()} == {"issued"}
    assert set(NumberSeries.objects.values_list("last", flat=True)) == {1}
    assert OutboxMessage.objects.filter(topic="invoices_issued").count() == 3


@pytest.mark.django_db
def test_an_application_with_an_issued_invoice_cannot_be_withdrawn():
    story, application = _approved("0.06", "0.13")
    invoices.issue_application(application=application, at=NOON, channel=SandboxChannel(refuse={2}))
    refused(
        "wrong_state",
        lambda: deciding.withdraw(application=application, actor=story.user, at=NOON),
    )


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_duplicate_when_many_issue_and_some_fail():
    applications = [_approved()[1] for _ in range(12)]
    problems = []

    def work(n):
        try:
            with transaction.atomic():
                invoices.issue_application(application=applications[n], at=NOON)
                if n % 4 == 0:
                    raise RuntimeError("killed after the number was given")
        except RuntimeError:
            pass
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    numbers = Invoice.objects.exclude(number=None).order_by("number")
    assert [int(i.number[-10:]) for i in numbers] == list(range(1, 10))
    assert NumberSeries.objects.get().last == 9


FROZEN = {
    "its content is rewritten": "UPDATE invoicing_invoice SET snapshot = '{}'",
    "its number changes": "UPDATE invoicing_invoice SET number = '26991000010000000099'",
    "its total changes": "UPDATE invoicing_invoice SET net = net + 1, gross = gross + 1",
    "its date moves": "UPDATE invoicing_invoice SET invoice_date = '2020-01-01'",
    "it is planned again": "UPDATE invoicing_invoice SET status = 'planned'",
    "it is deleted": "DELETE FROM invoicing_invoice",
    "a line is edited": "UPDATE invoicing_invoiceline SET content = 'x'",
    "a claim is deleted": "DELETE FROM invoicing_claim",
    "the log is rewritten": "UPDATE invoicing_statuschange SET reason = 'x'",
    "the application is reopened": "UPDATE invoicing_invoiceapplication SET status = 'pending_approval'",
    "more is invoiced than was paid": "UPDATE invoicing_invoiceableitem SET invoiced = cash + 1",
}


@pytest.mark.django_db
@pytest.mark.parametrize("deed", FROZEN)
def test_the_database_keeps_an_issued_invoice_when(deed):
    _story, application = _approved()
    invoices.issue_application(application=application, at=NOON)
    before = list(Invoice.objects.values_list())
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FROZEN[deed])
    assert list(Invoice.objects.values_list()) == before


@pytest.mark.django_db
def test_later_edits_of_the_title_do_not_touch_the_issued_invoice():
    story, application = _approved(profile="baidu")
    invoices.issue_application(application=application, at=NOON)
    before = application.invoices.get().snapshot
    story.title.name = "Acme Group Ltd"
    story.title.save()
    assert application.invoices.get().snapshot == before
    assert "Acme Ltd" in before
