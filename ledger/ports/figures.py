"""Figures that a decision about an order changes above the ledger: what is invoiced lives in invoicing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise

from finance_console.kernel.ports import Port
from ledger.models import Order

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An amount of the account `whose`, in its currency.

    It is shown where it changes, or `always`; `rises` and `falls` say what it means when it does.
    """

    whose: str
    words: Words
    amount: Decimal
    always: bool = False
    rises: Words = ""
    falls: Words = ""


Read = Callable[[Order, datetime], Sequence[Figure]]
of_invoices: Port[Read] = Port("what a decision about an order does to invoices")
