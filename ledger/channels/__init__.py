"""Payment channels: how customers pay online. `base.py` is the interface, the others implement it."""

from collections.abc import Callable, Mapping

from django.conf import settings

from finance_console.kernel.errors import DomainError
from ledger.channels.base import PaymentChannel
from ledger.channels.sandbox import Sandbox


def _sandbox() -> PaymentChannel | None:
    return Sandbox(settings.PAYMENT_SANDBOX_SECRET) if settings.PAYMENT_SANDBOX else None


CHANNELS: Mapping[str, Callable[[], PaymentChannel | None]] = {"sandbox": _sandbox}
"""Each channel by its code; None where it is not switched on."""


def get(code: str) -> PaymentChannel:
    """The channel `code`. Raises `not_found` for an unknown one and for one that is switched off."""
    make = CHANNELS.get(code)
    channel = make() if make else None
    if channel is None:
        raise DomainError("not_found")
    return channel


def is_offered(code: str) -> bool:
    """Whether the channel `code` is switched on."""
    make = CHANNELS.get(code)
    return make is not None and make() is not None


def offered() -> str | None:
    """The code of the channel new payments go through; None: online payment is not offered."""
    return next((code for code, make in CHANNELS.items() if make() is not None), None)
