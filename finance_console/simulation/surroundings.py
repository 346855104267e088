"""Where a story leaves no trace: files in a directory that disappears, messages that reach nobody."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

PRETENDED = {  # a story may pay online and by bank transfer wherever it is played
    "PAYMENT_SANDBOX": True,
    "PAYMENT_SANDBOX_SECRET": secrets.token_hex(32),
    "BANK_TRANSFER_PREFIX": "622200",
}
QUIET = {
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    "SMS_BACKEND": "finance_console.simulation.surroundings.NoSms",
}


class NoSms:
    """A text message gateway that takes everything and sends nothing."""

    def send(self, *, phone: str, text: str, message_id: str) -> None:
        """See `accounts.messages.channels.SmsBackend`."""


@contextmanager
def no_trace() -> Iterator[None]:
    """Files and messages of the block go nowhere."""
    with tempfile.TemporaryDirectory(prefix="story-") as directory:
        configured: Any = settings.STORAGES
        default = configured["default"]
        place = {**default, "OPTIONS": {**default["OPTIONS"], "location": directory}}
        storages = {**configured, "default": place}
        with override_settings(FILES_ROOT=Path(directory), STORAGES=storages, **QUIET, **PRETENDED):
            yield


@contextmanager
def no_messages() -> Iterator[None]:
    """Messages of the block reach nobody; files are kept with the rows that name them."""
    with override_settings(**QUIET):
        yield
