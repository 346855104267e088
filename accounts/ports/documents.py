"""What the number on a ticket names: applications, invoices, orders and bills live above accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import CustomerAccount
from finance_console.kernel.ports import Port


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is shown: `page` with `keys` in the console, the row of `model` in the admin.

    `model` is "app_model", as in the names of admin pages.
    """

    model: str
    pk: int
    page: str
    keys: tuple[Any, ...] = ()


place_of: Port[Callable[[CustomerAccount, str], Place | None]] = Port(
    "where the document of a number is shown"
)
"""Takes a customer and a number as people write it; None for what is no document of this customer."""
