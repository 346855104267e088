"""A payment channel without money: it pays on a page of ours, and signs its calls like a real one.

A call carries `X-Sandbox-Timestamp` (seconds since 1970) and `X-Sandbox-Signature`, the HMAC-SHA256
of `timestamp.body` in hexadecimal. It is believed for five minutes before and after.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from finance_console.doors import addresses
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import CURRENCIES, parse_amount
from ledger.channels.base import FAILED, PAID, BadCallback, ChannelEvent
from ledger.models import Payment

TIMESTAMP, SIGNATURE = "X-Sandbox-Timestamp", "X-Sandbox-Signature"
TOLERANCE = timedelta(minutes=5)
MOST_BYTES = 4_000
_TEXTS = ("event", "payment", "outcome", "amount", "currency")


class Sandbox:
    """The channel `sandbox`, with the secret that both sides know."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def start(self, payment: Payment) -> str:
        return addresses.url("ledger:sandbox", payment.token, of=payment.customer.code)

    def verify(self, headers: Mapping[str, str], body: bytes, at: datetime) -> ChannelEvent:
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        expected = self._sign(timestamp, body)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadCallback("signature")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
            raise BadCallback("timestamp")
        if abs(int(at.timestamp()) - int(timestamp)) > TOLERANCE.total_seconds():
            raise BadCallback("too old or too new")
        return _event(body)

    def call(
        self, *, event_id: str, payment: Payment, outcome: str, at: datetime
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a call about `payment`, as the channel would send it at `at`."""
        body = json.dumps(
            {
                "event": event_id,
                "payment": payment.token,
                "outcome": outcome,
                "amount": f"{payment.amount.amount:.2f}",
                "currency": payment.amount.currency.code,
            }
        ).encode()
        timestamp = str(int(at.timestamp()))
        return {TIMESTAMP: timestamp, SIGNATURE: self._sign(timestamp, body)}, body

    def _sign(self, timestamp: str, body: bytes) -> str:
        message = timestamp.encode() + b"." + body
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def _event(body: bytes) -> ChannelEvent:
    if len(body) > MOST_BYTES:
        raise BadCallback("too long")
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise BadCallback("not JSON") from None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in _TEXTS):
        raise BadCallback("a field is missing")
    if said["outcome"] not in (PAID, FAILED) or said["currency"] not in CURRENCIES:
        raise BadCallback("unknown outcome or currency")
    if not 0 < len(said["event"]) <= 80 or not _storable(said["event"] + said["payment"]):
        raise BadCallback("event")
    return ChannelEvent(
        event_id=said["event"],
        token=said["payment"],
        outcome=said["outcome"],
        amount=_amount(said["amount"], said["currency"]),
        currency=said["currency"],
    )


def _amount(text: str, currency: str) -> Decimal:
    try:
        return parse_amount(text, currency)
    except DomainError:
        raise BadCallback("amount") from None


def _storable(text: str) -> bool:
    """Whether a database can hold it: JSON can spell NUL and halves of characters, text cannot."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
