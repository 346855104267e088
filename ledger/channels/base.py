"""What a payment channel is to us: it takes the customer away to pay, and calls back with a signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ledger.models import Payment

PAID, FAILED = "paid", "failed"


class BadCallback(Exception):
    """A call that is not believed. `why` is for the log: the caller learns nothing."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """What a channel says, after its signature was checked: `event_id` is unique within the channel."""

    event_id: str
    token: str
    outcome: str
    amount: Decimal
    currency: str


class PaymentChannel(Protocol):
    """A way to pay online. Implementations keep no state: rows in the database do."""

    def start(self, payment: Payment) -> str:
        """Where the customer goes to pay: an address of the channel, or a path of ours."""

    def verify(self, headers: Mapping[str, str], body: bytes, at: datetime) -> ChannelEvent:
        """What the call says, if it is signed and fresh at `at`. Raises BadCallback."""
