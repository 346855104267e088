"""Usage: metered now, billed when its month is closed."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.calendar import month_of, next_month, open_month
from finance_console.kernel.errors import DomainError
from ledger.models import Bill, Product, TaxCategory, UsageRecord
from ledger.ports.habits import habits_of
from ledger.queries.unbilled import DAY, last_billed
from ledger.services.catalogue import sold_under

MOST_DECIMALS = 18  # of what is metered here; files have up to 30


def billing_month(customer: CustomerAccount, used: str, at: datetime) -> str:
    """The month that usage of month `used`, arriving at `at`, is billed in.

    Its own, or the earliest month still open: a closed month never changes.
    """
    return max(used, earliest_month(customer, at))


def earliest_month(customer: CustomerAccount, at: datetime) -> str:
    """The earliest month still open at `at`, under the customer's lock.

    A month with a bill is closed, even for usage whose clock is behind or that waited for the lock.
    Where days are billed, the month of the first day without a bill ("" before the first one).
    """
    if habits_of(customer).settlement == "daily":
        last = last_billed(customer).get(customer.currency)
        return f"{last + DAY:%Y-%m}" if last else ""
    bills = Bill.objects.filter(
        customer=customer, kind=Bill.Kind.MONTHLY, currency=customer.currency
    )
    billed = bills.aggregate(last=Max("period"))["last"]
    earliest = open_month(at, customer.tz, habits_of(customer).bill_day)
    return max(earliest, next_month(billed)) if billed else earliest


@transaction.atomic
def record_usage(
    *,
    customer: CustomerAccount,
    amount: Decimal,
    used_at: datetime,
    at: datetime,
    tax_category: TaxCategory | None = None,
    product: Product | None = None,
    resource: str = "",
) -> UsageRecord:
    """Meter one consumption of `amount` (exact, up to 18 decimals, in the customer's currency).

    `product` decides entity and tax key by SKU and the local day of use; `tax_category` is for
    what has no product.
    Raises `account_closed`, and `invalid_amount` for decimals that could not be kept.
    """
    if amount != round(amount, MOST_DECIMALS):
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    customer = lock_customer(customer.pk)
    require_open(customer)
    return UsageRecord.objects.create(
        customer=customer,
        tax_category=sold_under(product, tax_category, used_at.astimezone(customer.tz).date()),
        product=product,
        amount=amount,
        currency=customer.currency,
        used_at=used_at,
        period=billing_month(customer, month_of(used_at, customer.tz), at),
        resource=resource,
    )
