"""Auto-invoicing."""

import threading
from functools import partial

import pytest
from django.db import connection

from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceApplication
from invoicing.services.auto import running
from invoicing.services.auto import settings as auto_invoicing
from invoicing.services.issuing import sweeping
from invoicing.services.reviewing import deciding
from invoicing.services.titles import keeping
from tests.builders import at, make_story
from tests.scenarios.stage import local

PROFILES = ("alibaba", "standard")  # the others have no auto-invoicing (C29)


def march_bill(stage, profile="alibaba", amount="800.00", enabled="2026-03-02 09:00"):
    """A settled bill for March, and auto-invoicing switched on."""
    story = stage(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    if enabled:
        story.do("auto_invoicing", enabled, account="acme", enabled=True)
    story.do("usage", "2026-03-20 10:00", account="acme", tax_key="S6", amount=amount)
    return story


@pytest.mark.parametrize("profile", PROFILES)
def test_sc_90_a_normal_run_on_a_sunday(stage, profile):  # A22, A50
    story = march_bill(stage, profile)
    assert at("2026-04-05 00:00").strftime("%A") == "Sunday"
    story.do("advance", to="2026-04-05 01:59:59")
    assert story.ask("auto_runs", month="2026-03") == {"runs": []}
    ran = story.do("advance", to="2026-04-05 12:00")["ran"]
    assert [job for job, _moment in ran] == [
        "auto_invoice",
        "review_applications",
        "issue_invoices",
        "render_documents",
        "relay_inbox",
        "relay_texts",
        "relay_mail",
    ]
    assert story.ask("auto_runs", month="2026-03")["runs"] == [
        {"account": "acme", "result": "issued", "reason": None, "total": "800.00"}
    ]
    invoice = story.customer.applications.get().invoices.get()
    assert (str(invoice.net.amount), str(invoice.tax.amount), str(invoice.gross.amount)) == (
        "754.72",
        "45.28",
        "800.00",
    )
    assert (invoice.status, str(invoice.invoice_date)) == ("issued", "2026-04-05")
    told = story.ask("messages", account="acme")["messages"]
    assert sorted((row["topic"], row["channel"]) for row in told) == [
        ("invoices_issued", "email"),
        ("invoices_issued", "inbox"),
        ("invoices_issued", "sms"),
    ]
    assert story.do("advance", to="2026-04-06 12:00")["ran"] == []


@pytest.mark.parametrize("profile", ["baidu", "kingsoft"])
def test_profiles_without_auto_invoicing_refuse_it(stage, profile):
    refusal = stage(profile).refused("auto_invoicing", account="acme", enabled=True)
    assert refusal["refused"] == "method_not_allowed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("profile", PROFILES)
def test_sc_91_two_workers_and_a_rerun_make_one_request(profile):  # R31
    story = make_story(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-06 09:00"),
    )
    story.bill("800.00", "2026-03-20 10:00")
    due, start, done, errors = at("2026-04-05 02:00"), threading.Barrier(2), [], []

    def worker():
        try:
            start.wait(10)
            done.append(auto_invoicing.run_due(at=due))
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(30)
    assert errors == []
    assert sorted(done) == [0, 1]
    assert auto_invoicing.run_due(at=at("2026-04-05 09:00")) == 0
    assert AutoInvoicingRun.objects.get().period == "2026-03"
    assert str(InvoiceApplication.objects.get().total.amount) == "800.00"


@pytest.mark.django_db
def test_sc_92_a_missed_day_is_caught_up():
    story = make_story("alibaba")
    story.recharge("800.00", "2026-03-01 09:00")
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at("2026-03-06 09:00"),
    )
    story.bill("800.00", "2026-03-20 10:00")
    started = at("2026-04-06 08:00")  # no worker ran on the 5th
    assert auto_invoicing.run_due(at=started) == 1
    assert deciding.review_automatically(at=started) == 1
    assert sweeping.issue_due(at=at("2026-04-06 08:05")) == 1
    invoice = InvoiceApplication.objects.get().invoices.get()
    assert (invoice.status, str(invoice.invoice_date)) == ("issued", "2026-04-06")


@pytest.mark.parametrize("profile", PROFILES)
def test_sc_94_a_negative_account_fails_and_the_next_continues(stage, profile):  # A51, R35
    story = march_bill(stage, profile, amount="200.00")
    story.order("O1", "500.00")
    story.apply("A1", method="order", orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="500.00")
    story.do("account", ref="next", profile=profile, name="Next Ltd")
    story.do("recharge", account="next", amount="70.00")
    story.do("auto_invoicing", account="next", enabled=True)
    story.do("usage", account="next", tax_key="S6", amount="70.00")
    story.do("advance", to="2026-04-05 12:00")
    assert story.ask("auto_runs", month="2026-03")["runs"] == [
        {"account": "acme", "result": "failed", "reason": "insufficient_amount", "total": "200.00"},
        {"account": "next", "result": "issued", "reason": None, "total": "70.00"},
    ]
    assert (story.open(), story.deficit()) == ("200.00", "500.00")
    told = story.ask("messages", account="acme")["messages"]
    assert [row["channel"] for row in told if row["topic"] == "auto_invoicing_failed"] == [
        "email",
        "sms",
        "inbox",
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_sc_97_enabled_late_starts_with_the_next_month(stage, profile):
    story = march_bill(stage, profile, enabled=None)
    story.do("auto_invoicing", "2026-04-06 09:00", account="acme", enabled=True)
    story.do("usage", "2026-04-20 10:00", account="acme", tax_key="S6", amount="100.00")
    story.do("advance", to="2026-05-05 12:00")
    assert story.ask("auto_runs", month="2026-03") == {"runs": []}
    assert story.ask("auto_runs", month="2026-04")["runs"] == [
        {"account": "acme", "result": "issued", "reason": None, "total": "100.00"}
    ]
    run = AutoInvoicingRun.objects.get()
    assert run.ran_at == at("2026-05-05 02:00")
    assert story.open() == "800.00"


def test_switched_off_is_disabled_and_nothing_runs(stage):
    story = march_bill(stage)
    story.do("auto_invoicing", "2026-04-04 09:00", account="acme", enabled=False)
    story.do("advance", to="2026-04-06 00:00")
    assert story.ask("auto_runs", month="2026-03")["runs"] == [
        {"account": "acme", "result": "disabled", "reason": None, "total": "0.00"}
    ]
    assert (story.open(), story.ask("messages", account="acme")["messages"]) == ("800.00", [])


def test_a_month_without_consumption_is_nothing(stage):
    story = stage("alibaba")
    story.do("auto_invoicing", "2026-03-02 09:00", account="acme", enabled=True)
    story.do("advance", to=local("2026-04-05 02:00"))
    assert story.ask("auto_runs", month="2026-03")["runs"] == [
        {"account": "acme", "result": "nothing", "reason": None, "total": "0.00"}
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_sc_96_a_change_of_name_pauses_it_and_the_missed_month_can_be_caught_up(stage, profile):
    # A53, R35
    story = march_bill(stage, profile)
    story.do("certify", "2026-04-04 10:00", account="acme", name="Acme Group Ltd")
    settings = AutoInvoicing.objects.get()
    assert (settings.enabled, settings.paused_at) == (False, at("2026-04-04 10:00"))
    assert settings.pause_reason == "certification_changed"
    told = story.ask("messages", account="acme")["messages"]
    assert [row["channel"] for row in told if row["topic"] == "auto_invoicing_paused"] == [
        "email",
        "sms",
        "inbox",
    ]
    ran = story.do("advance", to="2026-04-06 09:00")["ran"]
    assert "auto_invoice" not in [job for job, _moment in ran]
    disabled = {"account": "acme", "result": "disabled", "reason": None, "total": "0.00"}
    assert story.ask("auto_runs", month="2026-03")["runs"] == [disabled]
    story.do("title", ref="T2", account="acme", type="enterprise", name="Acme Group Ltd")
    story.do("auto_invoicing", account="acme", enabled=True, title="T2")
    assert story.ask("auto_runs", month="2026-03")["runs"] == [disabled]
    (missed,) = auto_invoicing.missed(story.customer)
    assert (missed.period, str(missed.total)) == ("2026-03", "800.00")
    running.run_again(customer=story.customer, period="2026-03", by=None, at=at("2026-04-06 09:00"))
    story.do("advance", to="2026-04-06 12:00")
    assert story.ask("auto_runs", month="2026-03")["runs"] == [
        {"account": "acme", "result": "issued", "reason": None, "total": "800.00"}
    ]
    invoice = story.customer.applications.get().invoices.get()
    assert (invoice.status, str(invoice.invoice_date)) == ("issued", "2026-04-06")
    assert auto_invoicing.missed(story.customer) == []


def test_sc_96_a_change_of_its_title_pauses_it_and_another_title_does_not(stage):
    story = march_bill(stage)
    clerk = story.customer.users.get()
    used = story.customer.titles.get()
    fields = {"type": "enterprise", "name": "Acme Ltd", "tax_id": used.tax_id}
    save = partial(keeping.save_title, customer=story.customer, by=clerk, at=at("2026-04-04 10:00"))
    save(fields=fields, is_default=False)
    save(fields={}, is_default=True, title_id=used.pk)
    assert AutoInvoicing.objects.get().enabled
    save(fields={"address": "9 Hill Road"}, is_default=True, title_id=used.pk)
    settings = AutoInvoicing.objects.get()
    assert (settings.enabled, settings.pause_reason) == (False, "title_changed")
    assert story.customer.outbox.filter(topic="auto_invoicing_paused").count() == 3


def test_sc_96_another_default_title_in_place_of_the_one_it_uses_pauses_it(stage):
    story = march_bill(stage)
    title = {"account": "acme", "type": "enterprise", "name": "Acme Ltd", "default": True}
    story.do("title", "2026-04-04 10:00", ref="T2", tax_id="91330106MA2CFLT7XP", **title)
    settings = AutoInvoicing.objects.get()
    assert (settings.enabled, settings.pause_reason) == (False, "title_changed")
    assert story.customer.outbox.filter(topic="auto_invoicing_paused").count() == 3


def test_a_future_month_lists_nobody(stage):
    story = march_bill(stage)
    story.do("auto_invoicing", "2026-04-04 09:00", account="acme", enabled=False)
    assert story.ask("auto_runs", month="2026-03") == {"runs": []}
    assert story.ask("auto_runs", month="2027-01") == {"runs": []}
    story.do("advance", to="2026-04-05 02:00")
    assert len(story.ask("auto_runs", month="2026-03")["runs"]) == 1


def test_d12_the_run_keeps_the_reduced_amount_on_offer(stage):
    story = march_bill(stage)
    story.paid_order("O1", "300.00", "2026-03-21 09:00")
    story.apply("A1", method="order", orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="300.00")
    story.do("advance", to="2026-04-05 12:00")
    run = AutoInvoicingRun.objects.get(period="2026-03")
    assert (run.result, run.reason, str(run.total), str(run.offer)) == (
        "failed",
        "insufficient_amount",
        "800.00",
        "500.00",
    )
    planned = story.ask("preview", account="acme", method="month", months=["2026-03"])
    assert (planned["total"], planned["offset"]) == ("500.00", "300.00")
