"""Messages: written with the event, delivered once, retried, parked, never blocking each other."""

import pytest
from django.core import mail
from django.db import transaction

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
    sms = settings.FILES_ROOT / "sms.jsonl"
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
