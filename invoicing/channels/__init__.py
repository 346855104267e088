"""Issuing channels: how an invoice becomes legal and gets its number."""

from django.conf import settings
from django.utils.module_loading import import_string

from invoicing.channels.base import (
    NO_ANSWER,
    ChannelTimeout,
    Issued,
    IssueRequest,
    IssuingChannel,
    Refused,
)
from invoicing.channels.sandbox import SandboxChannel

__all__ = [
    "NO_ANSWER",
    "ChannelTimeout",
    "IssueRequest",
    "Issued",
    "IssuingChannel",
    "Refused",
    "SandboxChannel",
    "configured_channel",
]


def configured_channel() -> IssuingChannel:
    """The channel that ISSUING_CHANNEL names, made without arguments."""
    channel: IssuingChannel = import_string(settings.ISSUING_CHANNEL)()
    return channel
