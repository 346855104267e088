"""What the ledger asks of invoicing before money leaves: the bank account of the certified name.

Titles live above the ledger, in invoicing, which provides the answer at start-up: the ledger never
imports upward.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import CustomerAccount


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account that carries the customer's certified name."""

    name: str
    bank: str
    number: str


def _nobody_provided(customer: CustomerAccount) -> BankAccount | None:
    return None


_provider: Callable[[CustomerAccount], BankAccount | None] = _nobody_provided


def provide(provider: Callable[[CustomerAccount], BankAccount | None]) -> None:
    """Let `provider` answer from now on."""
    global _provider
    _provider = provider


def certified_account(customer: CustomerAccount) -> BankAccount | None:
    """Where money may be paid to; None when the customer has named no such account."""
    return _provider(customer)
