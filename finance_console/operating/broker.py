"""Celery's way to Redis, with one repair: a closed connection is a lost one, not a programming error.

Kombu takes the connection away from channels that still restore messages, when Redis is lost and at
shutdown; the `AttributeError` they raised then ended the worker.
"""

from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as ConnectionLost

TRANSPORT: Final = "finance_console.operating.broker:Transport"


class Channel(redis.Channel):
    """A channel that knows when its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001 (kombu's)
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("The connection to Redis was closed.")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]  # kombu has no types


class Transport(redis.Transport):
    """Redis with channels of our own."""

    Channel = Channel


def use() -> None:
    """Every `redis://` address of this process is reached this way. Call before the first connection."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = TRANSPORT
