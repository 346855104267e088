"""Online payments: credited once, whatever the channel does; a call is believed for its signature alone."""

import json

import pytest
from django.conf import settings

from accounts.models import OutboxMessage
from finance_console.kernel.errors import DomainError
from finance_console.operating.schedule import JOBS
from ledger.channels.base import FAILED, PAID, BadCallback
from ledger.channels.sandbox import SIGNATURE, TIMESTAMP, Sandbox
from ledger.models import Bill, Payment, PaymentEvent, Recharge
from ledger.services.recharges import online
from tests.builders import at, close, make_story, yuan
from tests.ledger.paying import NOON, call, cash, signed, start
from tests.refusing import fingerprint, refused

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def story():
    return make_story()


def not_believed(headers, body, when=NOON):
    before = fingerprint()
    with pytest.raises(BadCallback):
        online.take_callback(channel="sandbox", headers=headers, body=body, at=at(when))
    assert fingerprint() == before


# What the channel may do


def test_a_paid_payment_is_a_recharge_and_the_customer_hears_of_it(story):
    payment = start(story)
    assert (payment.status, payment.expires_at) == ("created", at("2026-03-20 12:30"))
    paid = call(payment, when="2026-03-20 12:05")
    assert (paid.status, paid.paid_at) == ("paid", at("2026-03-20 12:05"))
    assert (paid.recharge.amount.amount, paid.recharge.channel) == (yuan("100"), "online")
    assert cash(story) == yuan("100.00")
    assert OutboxMessage.objects.filter(topic="recharge_received").count() == 3


def test_the_same_event_twice_is_credited_once(story):  # R56
    payment = start(story)
    call(payment)
    call(payment)
    assert (cash(story), Recharge.objects.count(), PaymentEvent.objects.count()) == (
        yuan("100"),
        1,
        1,
    )


def test_another_event_about_a_paid_payment_credits_nothing(story):
    payment = start(story)
    call(payment, event="E1")
    call(payment, event="E2")
    call(payment, FAILED, event="E3")
    payment.refresh_from_db()
    assert (payment.status, cash(story), PaymentEvent.objects.count()) == ("paid", yuan("100"), 3)


def test_money_that_comes_late_is_money(story):
    payment = start(story)
    assert online.expire_due(at=at("2026-03-20 12:30")) == 1
    payment.refresh_from_db()
    assert payment.status == "expired"
    call(payment, when="2026-03-22 09:00")
    payment.refresh_from_db()
    assert (payment.status, cash(story)) == ("paid", yuan("100"))


def test_a_payment_that_failed_may_be_paid_after_all(story):
    payment = start(story)
    assert call(payment, FAILED, event="E1").status == "failed"
    assert cash(story) == 0
    assert call(payment, PAID, event="E2").status == "paid"
    assert cash(story) == yuan("100")


def test_what_nobody_pays_expires_and_nothing_else_does(story):
    waiting, paid, later = (
        start(story),
        start(story, key="K2"),
        start(story, key="K3", when="2026-03-20 12:20"),
    )
    call(paid)
    assert online.next_expiry(at(NOON)) == at("2026-03-20 12:30")
    assert online.expire_due(at=at("2026-03-20 12:29")) == 0
    assert online.expire_due(at=at("2026-03-20 12:31")) == 1
    assert online.expire_due(at=at("2026-03-20 12:31")) == 0
    assert [Payment.objects.get(pk=p.pk).status for p in (waiting, paid, later)] == [
        "expired",
        "paid",
        "created",
    ]
    assert online.next_expiry(at(NOON)) == at("2026-03-20 12:50")


def test_a_failure_after_the_time_is_over_leaves_it_expired(story):
    payment = start(story)
    online.expire_due(at=at("2026-03-20 13:00"))
    assert call(payment, FAILED, when="2026-03-20 13:01").status == "expired"


def test_a_payment_settles_what_is_owed(story):
    bill = story.bill("40.00", "2026-03-03 09:00")
    assert bill.status == "unsettled"
    call(start(story))
    assert (Bill.objects.get().status, cash(story)) == ("settled", yuan("60.00"))


# Asking


def test_asking_twice_with_one_key_asks_once(story):
    assert start(story).pk == start(story, when="2026-03-20 12:10").pk
    assert start(make_story(name="Other Ltd")).pk != start(story).pk


def test_one_key_for_two_amounts_is_refused(story):
    start(story)
    refused("reference_conflict", lambda: start(story, "50.00"))


@pytest.mark.parametrize("amount", ["0", "-5", "10000000.01"])
def test_amounts_that_make_no_sense_are_refused(story, amount):
    refused("invalid_amount", lambda: start(story, amount))


def test_a_closed_account_cannot_ask(story):
    close(story.customer)
    refused("account_closed", lambda: start(story))


def test_a_channel_that_is_switched_off_is_none(story, settings):
    payment = start(story)
    settings.PAYMENT_SANDBOX = False
    refused("not_found", lambda: start(story, key="K2"))
    with pytest.raises(DomainError, match="does not exist"):
        call(payment)


# What is not believed


def test_a_forged_signature_is_not_believed(story):  # R56
    headers, body = signed(start(story), secret="another secret of the right length")
    not_believed(headers, body)


@pytest.mark.parametrize("change", ["body", "timestamp", "signature", "none", "unicode"])
def test_a_call_that_was_changed_on_the_way_is_not_believed(story, change):
    headers, body = signed(start(story))
    if change == "body":
        body = body.replace(b"100.00", b"900.00")
    elif change == "timestamp":
        headers[TIMESTAMP] = str(int(headers[TIMESTAMP]) + 1)
    elif change == "unicode":
        headers[SIGNATURE] = "é" * 64
    else:
        headers[SIGNATURE] = "0" * 64 if change == "signature" else ""
    not_believed(headers, body)


@pytest.mark.parametrize(("when", "believed"), [
    ("2026-03-20 11:54:59", False), ("2026-03-20 11:55:00", True),
    ("2026-03-20 12:05:00", True), ("2026-03-20 12:05:01", False),
])  # fmt: skip
def test_a_call_is_believed_for_five_minutes(story, when, believed):  # R56
    payment = start(story, when="2026-03-20 11:50")
    headers, body = signed(payment)
    if believed:
        online.take_callback(channel="sandbox", headers=headers, body=body, at=at(when))
        assert cash(story) == yuan("100")
    else:
        not_believed(headers, body, when)


def _sign(body: bytes):
    timestamp = str(int(at(NOON).timestamp()))
    return {
        TIMESTAMP: timestamp,
        SIGNATURE: Sandbox(settings.PAYMENT_SANDBOX_SECRET)._sign(timestamp, body),
    }


@pytest.mark.parametrize("change", [
    {"amount": "99.00"}, {"amount": "1e2"}, {"amount": 100}, {"currency": "USD"}, {"currency": "XXX"},
    {"outcome": "maybe"}, {"payment": "unknown"}, {"event": ""}, {"event": "x" * 81}, {"event": "a\0b"},
    {"event": None}, {"event": "x" * 5000},
])  # fmt: skip
def test_a_signed_call_that_says_something_else_is_not_believed(story, change):
    payment = start(story)
    said = {
        "event": "E1", "payment": payment.token, "outcome": "paid", "amount": "100.00", "currency": "CNY",
    } | change  # fmt: skip
    body = json.dumps(said).encode()
    not_believed(_sign(body), body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff"])
def test_a_signed_call_without_sense_is_not_believed(story, body):
    start(story)
    not_believed(_sign(body), body)


def test_an_event_of_one_payment_is_none_of_another(story):
    one, two = start(story), start(story, key="K2")
    call(one, event="E1")
    not_believed(*signed(two, event="E1"))


def test_expiry_is_a_job_of_the_schedule(story):
    (job,) = [job for job in JOBS if job.name == "expire_payments"]
    assert job.next_due(at(NOON)) is None
    start(story)
    assert job.next_due(at(NOON)) == at("2026-03-20 12:30")
    job.task("2026-03-20T12:30:00+08:00")
    assert Payment.objects.get().status == "expired"
    assert job.next_due(at(NOON)) is None
