"""Issuing channels: how an invoice becomes legal and gets its number."""

from invoicing.channels.base import Issued, IssueRequest, IssuingChannel, Refused
from invoicing.channels.sandbox import SandboxChannel

__all__ = ["IssueRequest", "Issued", "IssuingChannel", "Refused", "SandboxChannel"]
