"""Auto-invoicing writes and refuses what an application by hand would."""

import pytest

from accounts.models import Address, CustomerAccount, RecipientEmail
from finance_console.kernel.errors import DomainError
from invoicing.models import (
    AutoInvoicing,
    AutoInvoicingRun,
    Claim,
    Invoice,
    InvoiceApplication,
    InvoiceLine,
    InvoiceTitle,
    Offset,
    StatusChange,
)
from invoicing.services.asking import applying, previewing
from invoicing.services.asking.terms import Ask
from invoicing.services.auto import settings as auto_invoicing
from ledger.models import Charge, InvoicingEntity
from ledger.services.orders import refunding
from tests.builders import at, close, make_entity, make_key, make_story, yuan

pytestmark = pytest.mark.django_db
DUE = at("2026-04-05 02:00")
OWN = {"id", "customer_id", "application_id", "invoice_id", "line_id", "item_id"}
OWN |= {"deficit_item_id", "buyer", "recipient_email", "mailing_address", "idempotency_key"}
OWN |= {"fingerprint", "plan_hash"}


def on(story, when="2026-03-06 09:00", kind="general", medium="electronic"):
    """Auto-invoicing from March on."""
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind=kind,
        medium=medium,
        recipient_email="",
        at=at(when),
    )


def plain(story):
    story.order("300.00", "2026-03-02 10:00")
    story.order("0.01", "2026-03-02 11:00")
    story.bill("45.67", "2026-03-03 10:00")


def many_keys(story):
    other = InvoicingEntity.objects.filter(code="I2").first() or make_entity("I2")
    for entity, rate, content in (
        (other, "0.09", "短信"),
        (other, "0.06", "云"),
        (None, "0.13", "硬件"),
    ):
        entity = entity or InvoicingEntity.objects.get(code="I1")
        key = entity.tax_categories.filter(content=content).first() or make_key(
            entity, rate, content=content
        )
        story.order("113.00", "2026-03-04 10:00", key)
        story.order("7.77", "2026-03-05 10:00", key)


def above_the_cap(story):
    story.order("250000.00", "2026-03-02 10:00")


def deficit_that_is_covered(story):
    story.order("50.00", "2026-01-02 10:00")
    charge = Charge.objects.get(order__customer=story.customer)
    story.issue(story.ask("2026-01-03 10:00", amount="50.00"), "2026-01-03 11:00")
    refunding.refund_charge(
        charge=charge,
        amount=yuan("30.00"),
        reason="refund",
        reference="R",
        at=at("2026-01-04 10:00"),
    )
    story.order("500.00", "2026-02-02 10:00")
    story.order("80.00", "2026-03-02 10:00")


def rows_of(customer):
    """Everything that was written about the customer's newest application, without the keys."""
    application = InvoiceApplication.objects.filter(customer=customer).latest("pk")
    of = {
        InvoiceApplication: {"pk": application.pk},
        StatusChange: {"application": application},
        Invoice: {"application": application},
        InvoiceLine: {"invoice__application": application},
        Claim: {"line__invoice__application": application},
        Offset: {"application": application},
    }
    written = {
        model.__name__: [
            {name: value for name, value in row.items() if name not in OWN}
            for row in model.objects.filter(**found).order_by("pk").values()
        ]
        for model, found in of.items()
    }
    parts = ("source", "reserved", "invoiced", "offset_given", "offset_received", "net")
    items = [item[1:] for item in customer.items.order_by("pk").values_list(*parts)]
    assert application.buyer["name"] == customer.name
    assert application.recipient_email == customer.emails.get().email
    assert len(application.plan_hash) == len(application.fingerprint) == 64
    return written | {"items": items}


@pytest.mark.parametrize("profile", ["alibaba", "standard"])
@pytest.mark.parametrize("consume", [plain, many_keys, above_the_cap, deficit_that_is_covered])
def test_the_rows_are_those_of_an_application_by_hand(profile, consume):
    by_itself, by_hand = (make_story(profile) for _ in range(2))
    for story in (by_itself, by_hand):
        story.recharge("300000.00", "2026-01-01 09:00")
        consume(story)
    on(by_itself)
    assert auto_invoicing.run_due(at=DUE) == 1
    ask = Ask(method="month", months=("2026-03",), medium="electronic", title_id=by_hand.title.pk)
    applying.submit(
        customer=by_hand.customer,
        ask=ask,
        at=DUE,
        actor=None,
        idempotency_key="auto:2026-03",
        source="automatic",
    )
    written = rows_of(by_itself.customer)
    assert written == rows_of(by_hand.customer)
    assert written["Claim"] != []
    run = AutoInvoicingRun.objects.get()
    asked = run.application.total.amount + run.application.offset_total
    assert (run.result, run.total) == ("issued", asked)


def without_emails(story):
    RecipientEmail.objects.filter(customer=story.customer).delete()


def with_an_email_that_was_not_saved(story):
    AutoInvoicing.objects.update(recipient_email="other@acme.example")


def with_another_name(story):
    InvoiceTitle.objects.filter(pk=story.title.pk).update(name="Somebody Else Ltd")


def special_without_a_bank(story):
    AutoInvoicing.objects.update(kind="special")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(bank="")


def special_with_an_old_number(story):
    AutoInvoicing.objects.update(kind="special")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(tax_id="330106000000015")


def special_for_an_individual(story):
    AutoInvoicing.objects.update(kind="special")


def on_paper_without_an_address(story):
    AutoInvoicing.objects.update(medium="paper")
    Address.objects.filter(customer=story.customer).delete()


def gone_abroad(story):
    CustomerAccount.objects.filter(pk=story.customer.pk).update(region="SG")


def closed(story):
    close(story.customer, "2026-04-01 10:00")


@pytest.mark.parametrize(
    "spoil",
    [
        without_emails,
        with_an_email_that_was_not_saved,
        with_another_name,
        special_without_a_bank,
        special_with_an_old_number,
        special_for_an_individual,
        on_paper_without_an_address,
        gone_abroad,
        closed,
    ],
)
def test_a52_it_fails_for_the_reason_an_application_by_hand_is_refused_for(spoil):
    kind = "individual" if spoil is special_for_an_individual else "enterprise"
    story = make_story("standard", kind=kind)
    story.recharge("300000.00", "2026-01-01 09:00")
    plain(story)
    on(story)
    spoil(story)
    settings = AutoInvoicing.objects.get()
    ask = Ask(
        method="month",
        months=("2026-03",),
        kind=settings.kind,
        medium=settings.medium,
        title_id=story.title.pk,
        recipient_email=settings.recipient_email or None,
    )
    story.customer.refresh_from_db()
    with pytest.raises(DomainError) as refusal:
        previewing.preview(customer=story.customer, ask=ask, at=DUE)
    code = refusal.value.code
    expected = "registration_mismatch" if code == "title_mismatch" else code
    assert auto_invoicing.run_due(at=DUE) == 1
    run = AutoInvoicingRun.objects.get()
    assert (run.result, run.reason, str(run.total), run.application) == (
        "failed",
        expected,
        "345.68",
        None,
    )
    told = story.customer.outbox.filter(topic="auto_invoicing_failed")
    assert sorted(told.values_list("channel", "values__code")) == [
        ("email", expected),
        ("inbox", expected),
        ("sms", expected),
    ]


def test_a52_a_title_that_no_longer_matches_the_registration_switches_it_off(db):  # A53
    """Only those: the month of the other customer, spoilt in another way, fails and stays on."""
    story, other = make_story("standard"), make_story("standard", name="Other Ltd")
    for one in (story, other):
        one.recharge("1000.00", "2026-01-01 09:00")
        plain(one)
        on(one)
    with_another_name(story)
    without_emails(other)
    assert auto_invoicing.run_due(at=DUE) == 2
    paused = AutoInvoicing.objects.get(customer=story.customer)
    assert (paused.enabled, paused.paused_at, paused.pause_reason) == (
        False,
        DUE,
        "registration_mismatch",
    )
    told = story.customer.outbox.filter(topic="auto_invoicing_paused")
    assert sorted(told.values_list("channel", "values__code")) == [
        (channel, "registration_mismatch") for channel in ("email", "inbox", "sms")
    ]
    assert AutoInvoicing.objects.get(customer=other.customer).enabled
    assert auto_invoicing.run_due(at=at("2026-05-05 02:00")) == 1
    assert story.customer.auto_runs.count() == 1
