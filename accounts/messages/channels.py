"""The ways a message reaches a customer: email, text message, the inbox of the console."""

import json
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.module_loading import import_string

from accounts.messages.texts import body, subject
from accounts.models import InboxMessage, OutboxMessage, User


class SmsBackend(Protocol):
    """A text message gateway. `send` raises when the gateway did not take the message.

    `message_id` stays the same when a message is sent again after a crash: a gateway that has taken
    it before takes it no second time, and answers as it did then.
    """

    def send(self, *, phone: str, text: str, message_id: str) -> None: ...


class UnknownNumber(Exception):
    """The gateway knows no such number."""


class FileSms:
    """Writes each text message to a file of its id, once: for a deployment without a gateway.

    It refuses one number, so that a message that is given up can be tried out.
    """

    unknown = "0500-5550 0000"

    def send(self, *, phone: str, text: str, message_id: str) -> None:
        if phone == self.unknown:
            raise UnknownNumber
        name = f"sms/{message_id}.json"
        if not default_storage.exists(name):
            row = {"id": message_id, "to": phone, "text": text}
            default_storage.save(name, ContentFile(json.dumps(row, ensure_ascii=False).encode()))


class NobodyToTell(Exception):
    """The customer has no address for the channel."""


def deliver(message: OutboxMessage, at: datetime) -> None:
    """Deliver one message on its channel; raises when that failed, `NobodyToTell` without an address.

    Inbox messages are rows of the same transaction; email and text messages carry a stable id,
    because a crash after sending sends again.
    """
    if message.channel == OutboxMessage.Channel.INBOX:
        InboxMessage.objects.create(
            customer=message.customer,
            outbox=message,
            topic=message.topic,
            values=message.values,
            created_at=at,
        )
        return
    with translation.override(_language(message)):
        if message.channel == OutboxMessage.Channel.EMAIL:
            _email(message)
        else:
            _sms(message)


def _language(message: OutboxMessage) -> str:
    spoken = User.objects.filter(memberships__customer=message.customer).exclude(language="")
    return spoken.order_by("pk").values_list("language", flat=True).first() or "zh-hans"


def _email(message: OutboxMessage) -> None:
    recipient = message.customer.emails.order_by("-is_default", "pk").first()
    if recipient is None:
        raise NobodyToTell
    EmailMessage(
        subject=subject(message.topic, message.values),
        body=body(message.topic, message.values),
        to=[recipient.email],
        headers={"Message-ID": f"<outbox-{message.pk}@finance-console>"},
    ).send()


def _sms(message: OutboxMessage) -> None:
    address = message.customer.addresses.order_by("-is_default", "pk").first()
    if address is None:
        raise NobodyToTell
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(
        phone=address.phone,
        text=subject(message.topic, message.values),
        message_id=f"outbox-{message.pk}",
    )
