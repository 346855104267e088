"""The bank account of the certified name: titles live above the ledger, in invoicing."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import CustomerAccount
from finance_console.kernel.ports import Port


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account that carries the customer's certified name."""

    name: str
    bank: str
    number: str


account_of: Port[Callable[[CustomerAccount], BankAccount | None]] = Port(
    "to which bank account money may leave"
)


def certified_account(customer: CustomerAccount) -> BankAccount | None:
    """Where money may be paid to; None when the customer has named no such account."""
    return account_of.given(customer)
