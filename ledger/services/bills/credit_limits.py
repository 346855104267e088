"""Credit: how far below zero the cash of a customer may go."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, round_money
from ledger.models import LedgerAccount
from ledger.queries.balances import fund_balances
from ledger.services.bills.settling import settle_bills
from ledger.services.operators import CONTROL, require_operator

CASH = LedgerAccount.Bucket.CASH


def credit_used(customer: CustomerAccount) -> Decimal:
    """How much of the credit is in use: what the next recharge repays first."""
    return max(-fund_balances(customer)[CASH], ZERO)


@transaction.atomic
def set_credit_limit(
    *, customer: CustomerAccount, limit: Decimal, by: User, at: datetime
) -> CustomerAccount:
    """Let the customer's cash go down to minus `limit`; bills that fit now are settled at once.

    `limit` is in the customer's currency; 0 ends the credit. What is paid with it becomes
    invoiceable when it is repaid (A16).
    Raises `not_permitted`, `four_eyes` (for somebody who acts for the customer),
    `account_closed`, `invalid_amount`, and `credit_in_use` below what is owed.
    """
    customer = lock_customer(customer.pk)
    require_operator(by, CONTROL, customer)
    require_open(customer)
    if limit < 0 or limit != round_money(limit, customer.currency):
        raise DomainError("invalid_amount", amount=limit, currency=customer.currency)
    used = credit_used(customer)
    if limit < used:
        raise DomainError("credit_in_use", used=used)
    customer.credit_limit = limit
    customer.save(update_fields=["credit_limit"])
    LedgerAccount.objects.filter(customer=customer, bucket=CASH, currency=customer.currency).update(
        floor=-limit
    )
    settle_bills(customer=customer, at=at)
    return customer
