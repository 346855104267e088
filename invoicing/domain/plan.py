"""The values a plan is made of: what can be invoiced, what is owed back, and which invoices come out.

Amounts are tax-inclusive and in the minor unit of the plan's currency. Nothing here computes; see `planning`.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Why = Literal["only", "entity_or_rate", "cap", "month", "member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxKey:
    """What must never be mixed on an invoice line: who sells, under which tax code and content, at which rate."""

    category_id: int
    entity_id: int
    tax_code: str
    content: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An invoiceable item, or the part of it that was selected. `amount` is positive.

    `member_id` is the account that owns it, where an application covers several accounts.
    `marketplace`: it counts in the marketplace's total. `media`: in which its seller issues (C04).
    """

    item_id: int
    key: TaxKey
    amount: Decimal
    paid_at: datetime
    period: str
    member_id: int | None = None
    marketplace: bool = False
    media: tuple[str, ...] = ("electronic", "paper")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeficitItem:
    """An item invoiced for more than was consumed. `amount` is the positive difference.

    `member_id` as in `Candidate`: only consumption of the same account offsets it.
    """

    item_id: int
    key: TaxKey
    amount: Decimal
    occurred_at: datetime
    member_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One row of an invoice. `claims` says which item pays which part, oldest first; they sum to `gross`."""

    key: TaxKey
    net: Decimal
    tax: Decimal
    gross: Decimal
    claims: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInvoice:
    """One document: one entity, one rate, one medium. `period` is set when months are invoiced separately."""

    entity_id: int
    rate: Decimal
    medium: str
    period: str | None
    member_id: int | None
    periods: tuple[str, ...]
    lines: tuple[PlannedLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetPair:
    """`amount` of a new item that fills a deficit and is therefore not invoiced again."""

    deficit_id: int
    item_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a submission will do. `left_open` is what stays invoiceable among the candidates it was made of."""

    invoices: tuple[PlannedInvoice, ...]
    offsets: tuple[OffsetPair, ...]
    total: Decimal
    offset: Decimal
    left_open: Decimal
    currency: str

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of what would be reserved, offset and issued.

        Submitting carries it, so a plan that moved since the preview is noticed (SC-42). `left_open` is not in it:
        new consumption beside the plan changes nothing.
        """
        content = {
            "currency": self.currency,
            "invoices": [_invoice_content(invoice) for invoice in self.invoices],
            "offsets": [[pair.deficit_id, pair.item_id, str(pair.amount)] for pair in self.offsets],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _invoice_content(invoice: PlannedInvoice) -> list[object]:
    return [
        invoice.entity_id,
        _plain(invoice.rate),
        invoice.medium,
        invoice.period,
        invoice.member_id,
        [_line_content(line) for line in invoice.lines],
    ]


def _line_content(line: PlannedLine) -> list[object]:
    claims = [[item_id, str(amount)] for item_id, amount in line.claims]
    key = line.key
    return [key.category_id, key.tax_code, key.content, str(line.net), str(line.tax), claims]


def _plain(rate: Decimal) -> str:
    """0.06 however many zeros the database returned behind it."""
    return format(rate.normalize(), "f")
