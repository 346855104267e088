"""Dedicated accounts: the bank account number that only one customer pays into."""

from django.conf import settings
from django.db import transaction
from stdnum import luhn

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.models import DedicatedAccount


def is_offered() -> bool:
    """Whether the bank gave us numbers to hand out."""
    return bool(settings.BANK_TRANSFER_PREFIX)


@transaction.atomic
def assign_dedicated_account(*, customer: CustomerAccount) -> DedicatedAccount:
    """The customer's own account number, made on first use and never changed.

    The bank's prefix, the customer's key and a check digit: the same customer always gets the
    same number. Raises `account_closed`, `not_found` where bank transfer is not offered.
    """
    customer = lock_customer(customer.pk)
    known = DedicatedAccount.objects.filter(customer=customer).first()
    if known:
        return known
    require_open(customer)
    if not is_offered():
        raise DomainError("not_found")
    digits = f"{settings.BANK_TRANSFER_PREFIX}{customer.pk:09d}"
    return DedicatedAccount.objects.create(
        customer=customer, number=digits + luhn.calc_check_digit(digits)
    )
