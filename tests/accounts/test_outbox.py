"""Messages: written with the event, delivered once, retried, parked, never blocking each other."""

import json

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.messages import channels, outbox
from accounts.models import InboxMessage, OutboxMessage
from tests.builders import at, make_story

pytestmark = pytest.mark.django_db
NOON = at("2026-03-01 12:00")


@pytest.fixture
def story():
    return make_story()


def _owe(story, about="APP-1", topic="bill_unsettled"):
    outbox.enqueue(
        customer=story.customer,
        topic=topic,
        about=about,
        values={"bill": about, "total": "5.00"},
        at=NOON,
    )


def test_a_message_is_owed_once_per_channel_however_often_it_is_told(story):  # R60
    _owe(story)
    _owe(story)
    assert sorted(OutboxMessage.objects.values_list("channel", flat=True)) == [
        "email",
        "inbox",
        "sms",
    ]


def test_a_message_dies_with_its_transaction(story):
    def fail():
        with transaction.atomic():
            _owe(story)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not OutboxMessage.objects.exists()


def test_the_relay_delivers_each_message_once(story, settings):
    _owe(story)
    story.user.language = "en"
    story.user.save()
    assert outbox.relay(at=NOON) == 3
    assert outbox.relay(at=NOON) == 0
    assert [message.subject for message in mail.outbox] == [
        "The bill APP-1 could not be settled: 5.00"
    ]
    assert InboxMessage.objects.filter(customer=story.customer).count() == 1
    (sms,) = (settings.FILES_ROOT / "sms").iterdir()
    assert "13800000000" in sms.read_text()


def test_messages_are_in_the_language_of_the_customer(story):
    story.user.language = "zh-hans"
    story.user.save()
    _owe(story)
    outbox.relay(at=NOON)
    assert mail.outbox[0].subject != "The bill APP-1 could not be settled: 5.00"


def test_an_unreachable_channel_costs_no_try_and_the_message_leaves_when_it_is_back(
    story, monkeypatch
):
    def down(message):
        raise ConnectionRefusedError

    _owe(story)
    with monkeypatch.context() as patch:
        patch.setattr(channels, "_sms", down)
        assert outbox.relay(at=NOON) == 2
        sms = OutboxMessage.objects.get(channel="sms")
        for _ in range(outbox.MAX_TRIES):
            assert outbox.relay(at=sms.due_at) == 0
            sms.refresh_from_db()
    assert (sms.tries, sms.parked_at, sms.problem) == (0, None, "ConnectionRefusedError")
    assert outbox.relay(at=sms.due_at) == 1


def test_a_channel_that_refuses_does_not_hold_up_the_others_and_is_parked_in_the_end(
    story, monkeypatch
):  # R24, R60, SC-122
    def refuses(message):
        raise ValueError("the gateway refuses it")

    monkeypatch.setattr(channels, "_sms", refuses)
    _owe(story)
    assert outbox.relay(at=NOON) == 2
    sms = OutboxMessage.objects.get(channel="sms")
    assert (sms.tries, sms.due_at, sms.problem) == (1, at("2026-03-01 12:01"), "ValueError")
    for _ in range(outbox.MAX_TRIES - 1):
        sms.refresh_from_db()
        outbox.relay(at=sms.due_at)
    sms.refresh_from_db()
    assert (sms.tries, sms.parked_at is not None, sms.sent_at) == (outbox.MAX_TRIES, True, None)
    assert outbox.relay(at=at("2027-01-01 00:00")) == 0


def test_a_text_message_that_is_sent_again_after_a_crash_is_taken_once(story, settings):
    _owe(story)
    sms = OutboxMessage.objects.get(channel="sms")
    channels.deliver(sms, NOON)  # and the worker is killed before it notes that
    first = (settings.FILES_ROOT / "sms" / f"outbox-{sms.pk}.json").read_text()
    story.customer.addresses.update(phone="13900000000")

    assert outbox.relay(at=NOON, channels=["sms"]) == 1

    (taken,) = (settings.FILES_ROOT / "sms").iterdir()
    assert taken.read_text() == first
    assert json.loads(first)["id"] == f"outbox-{sms.pk}"


def test_without_an_address_nobody_is_told_and_that_is_not_sent(story):
    story.customer.emails.all().delete()
    _owe(story)

    assert outbox.relay(at=NOON) == 2

    mail_ = OutboxMessage.objects.get(channel="email")
    assert (mail_.sent_at, mail_.nobody_at, mail_.parked_at, mail_.tries) == (None, NOON, None, 0)
    assert outbox.next_due(NOON) is None
    assert mail.outbox == []


def test_with_an_address_it_can_be_told_again(story):
    (address,) = story.customer.emails.all()
    kept = address.email
    address.delete()
    _owe(story)
    outbox.relay(at=NOON)
    story.customer.emails.create(email=kept)
    ids = OutboxMessage.objects.values_list("pk", flat=True)

    assert outbox.retry(message_ids=ids, at=NOON) == 1
    assert outbox.relay(at=NOON) == 1

    assert OutboxMessage.objects.exclude(sent_at=NOON).count() == 0
    assert [message.to for message in mail.outbox] == [[kept]]


@pytest.mark.parametrize(
    "both", [("sent_at", "nobody_at"), ("parked_at", "nobody_at"), ("sent_at", "parked_at")]
)
def test_the_database_refuses_a_message_with_two_ends(story, both):
    _owe(story)
    with pytest.raises(IntegrityError, match="outbox_one_end"), transaction.atomic():
        OutboxMessage.objects.update(**dict.fromkeys(both, NOON))


def test_a_mail_server_that_is_down_is_asked_once_a_run_and_holds_up_mail_only(story, monkeypatch):
    asked = []

    def down(message):
        asked.append(message.pk)
        raise ConnectionRefusedError

    monkeypatch.setattr(channels, "_email", down)
    for number in range(5):
        _owe(story, f"APP-{number}")

    assert outbox.relay(at=NOON) == 10

    assert len(asked) == 1
    assert (
        OutboxMessage.objects.filter(sent_at=None)
        .values_list("channel", flat=True)
        .distinct()
        .get()
        == "email"
    )


def test_a_relay_stops_when_its_time_is_over_and_the_next_goes_on(story):
    for number in range(3):
        _owe(story, f"APP-{number}")
    left = iter([True, True, False])

    assert outbox.relay(at=NOON, channels=["sms"], go_on=lambda: next(left)) == 2
    assert outbox.relay(at=NOON, channels=["sms"]) == 1
