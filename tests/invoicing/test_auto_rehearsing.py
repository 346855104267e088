"""The rehearsal on the 4th: everything planned, nothing applied for, who would fail is told."""

import pytest

from accounts.models import OutboxMessage, RecipientEmail
from invoicing.models import AutoInvoicingRehearsal, AutoInvoicingRun, InvoiceApplication
from invoicing.services.auto import rehearsing, settings
from invoicing.services.due import next_auto_run, next_rehearsal
from ledger.services.bills import generating
from tests.builders import at, make_story

pytestmark = pytest.mark.django_db
EVE, DUE = at("2026-04-04 02:00"), at("2026-04-05 02:00")


def customer(name, amount, profile="alibaba"):
    story = make_story(profile, name)
    if amount:
        story.recharge(amount, "2026-03-01 09:00")
        story.order(amount, "2026-03-02 10:00")
    settings.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-06 09:00"),
    )
    return story


def test_totals_problems_and_warnings_and_nothing_else_happens():
    customer("One Ltd", "100.00")
    customer("Two Ltd", "23.45", "standard")
    customer("Idle Ltd", "")
    lost = customer("Lost Ltd", "60.00")
    RecipientEmail.objects.filter(customer=lost.customer).delete()
    before = list(lost.customer.items.values())
    assert rehearsing.rehearse_due(at=EVE) == 1
    found = AutoInvoicingRehearsal.objects.get()
    assert (found.period, found.rehearsed_at) == ("2026-03", EVE)
    assert (found.would_issue, found.would_fail, found.nothing) == (2, 1, 1)
    assert str(found.total) == "123.45"
    assert found.problems == {"no_recipient": {"count": 1, "customers": [lost.customer.code]}}
    warned = OutboxMessage.objects.filter(topic="auto_invoicing_would_fail")
    assert set(warned.values_list("customer", "values__code")) == {
        (lost.customer.pk, "no_recipient")
    }
    assert warned.count() == 3
    assert list(lost.customer.items.values()) == before
    assert (InvoiceApplication.objects.count(), AutoInvoicingRun.objects.count()) == (0, 0)


def test_who_gets_an_earlier_month_as_well_is_named_beside_the_problems():
    late = customer("Late Ltd", "")
    customer("One Ltd", "100.00")
    late.use("40.00", "2026-03-20 10:00")
    generating.close_months(at=at("2026-04-03 09:00"))
    settings.run_due(at=DUE)
    late.recharge("40.00", "2026-04-07 10:00")
    assert rehearsing.rehearse_due(at=at("2026-05-04 02:00")) == 1
    found = AutoInvoicingRehearsal.objects.get()
    assert (found.would_issue, str(found.total)) == (1, "40.00")
    assert found.problems == {"earlier_months": {"count": 1, "customers": [late.customer.code]}}


def test_what_was_put_right_in_time_is_applied_for():
    lost = customer("Lost Ltd", "60.00")
    saved = RecipientEmail.objects.get(customer=lost.customer)
    RecipientEmail.objects.filter(pk=saved.pk).delete()
    rehearsing.rehearse_due(at=EVE)
    saved.save(force_insert=True)
    assert settings.run_due(at=DUE) == 1
    assert AutoInvoicingRun.objects.get().result == "issued"


def test_it_is_held_once_a_month_from_a_day_before_and_not_after_the_run():
    customer("One Ltd", "100.00")
    assert rehearsing.rehearse_due(at=at("2026-04-04 01:59:59")) == 0
    assert [rehearsing.rehearse_due(at=EVE) for _ in range(2)] == [1, 0]
    AutoInvoicingRehearsal.objects.all().delete()
    assert rehearsing.rehearse_due(at=DUE) == 0


def test_a_rehearsal_that_was_killed_warns_nobody_twice():
    lost = customer("Lost Ltd", "60.00")
    RecipientEmail.objects.filter(customer=lost.customer).delete()
    rehearsing.rehearse_due(at=EVE)
    AutoInvoicingRehearsal.objects.all().delete()
    rehearsing.rehearse_due(at=at("2026-04-04 09:00"))
    assert lost.customer.outbox.filter(topic="auto_invoicing_would_fail").count() == 3


def test_the_jobs_know_when_they_are_next():
    assert (next_rehearsal(EVE), next_auto_run(EVE)) == (None, None)
    customer("One Ltd", "100.00")
    assert (next_rehearsal(at("2026-03-07 00:00")), next_auto_run(EVE)) == (EVE, DUE)
    rehearsing.rehearse_due(at=EVE)
    assert next_rehearsal(EVE) == at("2026-05-04 02:00")
    settings.run_due(at=DUE)
    assert next_auto_run(DUE) == at("2026-05-05 02:00")


def test_a_broken_customer_is_a_problem_for_operators_only(monkeypatch):
    broken = customer("Broken Ltd", "60.00")
    customer("One Ltd", "100.00")
    judge = rehearsing.judge

    def breaks(facts, policy, period):
        if facts.customer.pk == broken.customer.pk:
            raise ZeroDivisionError
        return judge(facts, policy, period)

    monkeypatch.setattr(rehearsing, "judge", breaks)
    assert rehearsing.rehearse_due(at=EVE) == 1
    found = AutoInvoicingRehearsal.objects.get()
    assert (found.would_issue, found.would_fail) == (1, 1)
    assert list(found.problems) == ["auto_broken"]
    assert OutboxMessage.objects.filter(topic="auto_invoicing_would_fail").count() == 0
