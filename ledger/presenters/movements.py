"""Movements of money with the document that each is about: its number, and the page that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from finance_console.doors import addresses
from ledger.models import Transfer
from ledger.queries.documents import Document, documents


@dataclass(frozen=True, slots=True)
class Movement:
    """A row of a list of movements; `href` "" where no page of the console shows its document."""

    row: Any
    number: str
    href: str


def movements(rows: Sequence[Any], transfer_of: Callable[[Any], Transfer]) -> list[Movement]:
    """The rows in their order, each with the document of its transfer."""
    known = documents(transfer_of(row) for row in rows)
    return [_movement(row, known.get(transfer_of(row).pk)) for row in rows]


def _movement(row: Any, document: Document | None) -> Movement:
    if document is None:
        return Movement(row, "", "")
    if not document.page or not addresses.entered():  # the admin shows numbers only
        return Movement(row, document.number, "")
    keys = () if document.key is None else (document.key,)
    return Movement(row, document.number, addresses.url(document.page, *keys))
