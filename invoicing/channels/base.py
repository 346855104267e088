"""The interface of an issuing channel: how an invoice or a credit note becomes legal.

A provider's channel is a class with `specimen` and `issue`, named by ISSUING_CHANNEL. What it must
know: it answers within half a minute or raises `ChannelTimeout`. An invoice is asked for with nothing
locked; a credit note inside a transaction that holds the customer's lock. It is asked again with the
same serial until it answered, by two at once if it must be, so the provider must treat the serial as
the identity of the document. Bytes that a provider returns belong
to the document and are filed unchanged.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """One document to be issued. `serial` is ours and stable: asking twice is asking once.

    `gross` is tax-inclusive CNY, positive for a credit note too (`credit` tells them apart); `at` is
    the moment of asking and `issued_on` its local date, the invoice date when it is issued now.
    """

    serial: str
    position: int
    entity_id: int
    kind: str
    medium: str
    at: datetime
    issued_on: date
    gross: Decimal
    credit: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """The document exists: its number, 20 digits, and the moment it came into being.

    That moment is not the one of asking when the answer to an earlier try was lost, and it never
    lies before the moment of an earlier number of the same series.
    """

    number: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no, and why. Nothing was issued; it may be asked again."""

    problem: str


NO_ANSWER = "no_answer"
"""The problem of an invoice whose channel did not answer: it may exist already."""


class ChannelTimeout(Exception):
    """No answer: the document may exist or not. Asking again with the same serial will tell."""


class IssuingChannel(Protocol):
    """`specimen`: what it issues is marked as a specimen, because no tax platform saw it."""

    specimen: bool

    def issue(self, request: IssueRequest) -> Issued | Refused:
        """Issue one document. Raises `ChannelTimeout`."""
        ...
