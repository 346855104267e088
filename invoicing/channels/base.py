"""The interface of an issuing channel."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """One invoice to be issued. `serial` is ours and stable: asking twice is asking once.

    `gross` is tax-inclusive CNY; `issued_on` the local date of issue, which is the invoice date.
    """

    serial: str
    position: int
    entity_id: int
    kind: str
    medium: str
    issued_on: date
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Issued:
    """The invoice exists: its number, 20 digits."""

    number: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no, and why. Nothing was issued; it may be asked again."""

    problem: str


class IssuingChannel(Protocol):
    """`specimen`: what it issues is marked as a specimen, because no tax platform saw it."""

    specimen: bool

    def issue(self, request: IssueRequest) -> Issued | Refused:
        """Issue one invoice, inside the caller's transaction."""
        ...
