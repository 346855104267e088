"""Consumption that is settled after its month was run."""

import pytest

from accounts.models import RecipientEmail
from invoicing.models import AutoInvoicingRun
from invoicing.services.auto import running
from invoicing.services.crediting import requests
from tests.builders import at
from tests.scenarios.test_auto_invoicing import PROFILES


def in_arrears(stage, profile="alibaba"):
    """March: an order of 100.00 that is paid, and a bill of 300.00 that the balance does not cover."""
    story = stage(profile)
    story.do("auto_invoicing", "2026-03-01 09:00", account="acme", enabled=True)
    story.paid_order("O1", "100.00", "2026-03-10 09:00")
    story.do("usage", "2026-03-20 10:00", account="acme", tax_key="S6", amount="300.00")
    return story


def run_of(story, month):
    (row,) = story.ask("auto_runs", month=month)["runs"]
    return row["result"], row["total"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_bill_that_is_settled_after_its_run_goes_with_the_next_one(stage, profile):
    story = in_arrears(stage, profile)
    story.do("advance", to="2026-04-06 09:00")
    assert run_of(story, "2026-03") == ("issued", "100.00")
    story.recharge("350.00", "2026-04-07 09:00")
    story.do("usage", "2026-04-20 10:00", account="acme", tax_key="S6", amount="50.00")
    assert story.open() == "300.00"
    story.do("advance", to="2026-05-05 12:00")
    assert run_of(story, "2026-03") == ("issued", "100.00")
    assert run_of(story, "2026-04") == ("issued", "350.00")
    assert story.open() == "0.00"
    application = AutoInvoicingRun.objects.get(period="2026-04").application
    assert application.status == "issued"
    assert application.remarks.startswith("2026-03 至 2026-04")
    story.do("advance", to="2026-06-05 12:00")
    assert run_of(story, "2026-05") == ("nothing", "0.00")
    assert story.customer.applications.count() == 2
    story.clean()


def test_months_that_were_nothing_are_made_up_for_once_they_are_paid(stage):
    story = stage("alibaba")
    story.do("auto_invoicing", "2026-03-01 09:00", account="acme", enabled=True)
    for month in ("03", "04"):
        story.do("usage", f"2026-{month}-20 10:00", account="acme", tax_key="S6", amount="70.00")
    story.recharge("200.00", "2026-05-09 09:00")
    assert [run_of(story, month)[0] for month in ("2026-03", "2026-04")] == ["nothing"] * 2
    story.do("advance", to="2026-06-05 12:00")
    assert run_of(story, "2026-05") == ("issued", "140.00")


def test_what_a_failed_run_or_a_credit_note_left_open_is_the_customers_to_decide(stage):
    story = in_arrears(stage)
    story.do("advance", to="2026-04-06 09:00")
    (invoice,) = story.customer.applications.get().invoices.all()
    story.do("usage", "2026-04-20 10:00", account="acme", tax_key="S6", amount="50.00")
    RecipientEmail.objects.all().delete()
    story.recharge("400.00", "2026-04-21 09:00")
    story.do("advance", to="2026-05-05 12:00")
    assert run_of(story, "2026-04") == ("failed", "350.00")
    RecipientEmail.objects.create(customer=story.customer, email="f@acme.example", is_default=True)
    clerk = story.customer.users.get()
    request = requests.request_credit(
        invoice=invoice,
        reason="sales_return",
        actor=clerk,
        at=at("2026-05-06 09:00"),
        idempotency_key="C",
    )
    requests.approve_credit(request=request, reviewer=None, at=at("2026-05-06 10:00"))
    story.do("advance", to="2026-06-05 12:00")
    assert run_of(story, "2026-05") == ("nothing", "0.00")
    assert story.open() == "450.00"
    again = running.run_again(
        customer=story.customer, period="2026-04", by=clerk, at=at("2026-06-06 09:00")
    )
    assert (again.result, str(again.total)) == ("issued", "350.00")
    assert story.open() == "100.00"


def test_sc_97_months_before_it_was_on_are_not_made_up_for_when_they_are_settled_late(stage):
    story = stage("alibaba")
    story.do("usage", "2026-03-20 10:00", account="acme", tax_key="S6", amount="300.00")
    story.do("auto_invoicing", "2026-04-06 09:00", account="acme", enabled=True)
    story.recharge("300.00", "2026-05-07 09:00")
    story.do("advance", to="2026-06-05 12:00")
    assert run_of(story, "2026-05") == ("nothing", "0.00")
    assert story.open() == "300.00"
