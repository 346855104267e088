"""Usage from a metering system, in batches for many customers: each batch counts once, whole or not at all."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from django.db import connection, transaction

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from ledger.models import Product, UsageBatch
from ledger.services.catalogue import Routes
from ledger.services.usage.importing import COPY
from ledger.services.usage.metering import earliest_month


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUsage:
    """One metered consumption: exact, up to 12 decimals, in the customer's currency."""

    customer_id: int
    amount: Decimal
    product: Product
    used_at: datetime
    resource: str = ""


@transaction.atomic
def record_usage_in_batch(
    *, key: str, records: Sequence[NewUsage], at: datetime
) -> list[UsageBatch]:
    """Meter `records`, a usage batch per customer (by key); all or nothing.

    Idempotent by `key`: the same key with the same records changes nothing, so a batch that was
    interrupted is simply sent again. Raises `reference_conflict` for the same key with other
    records, `account_closed` and `not_found`.
    """
    customers = lock_customers({record.customer_id for record in records})
    grouped: dict[int, list[NewUsage]] = defaultdict(list)
    for record in records:
        grouped[record.customer_id].append(record)
    sha256 = _fingerprint(key, records)
    known = UsageBatch.objects.filter(customer__in=customers, name=_name(key)).order_by("customer")
    if known:
        if {(batch.customer_id, batch.sha256) for batch in known} != {
            (pk, sha256) for pk in grouped
        }:
            raise DomainError("reference_conflict", reference=key)
        return list(known)
    for customer in customers.values():
        require_open(customer)
    return [_record(customers[pk], key, sha256, mine, at) for pk, mine in sorted(grouped.items())]


def _name(key: str) -> str:
    return f"batch {key}"[:200]


def _fingerprint(key: str, records: Sequence[NewUsage]) -> str:
    digest = hashlib.sha256(key.encode())
    for record in records:
        content = (
            record.customer_id,
            record.product.pk,
            f"{record.amount:f}",
            record.used_at.timestamp(),
            record.resource,
        )
        digest.update(repr(content).encode())
    return digest.hexdigest()


def _record(
    customer: CustomerAccount,
    key: str,
    sha256: str,
    records: Sequence[NewUsage],
    at: datetime,
) -> UsageBatch:
    with localcontext(prec=60):
        total = sum((record.amount for record in records), Decimal(0))
    batch = UsageBatch.objects.create(
        customer=customer,
        name=_name(key),
        sha256=sha256,
        lines=len(records),
        total=total,
        currency=customer.currency,
        imported_at=at,
    )
    earliest = earliest_month(customer, at)
    routes = Routes(record.product for record in records)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for number, record in enumerate(records, start=1):
            copy.write_row(
                (
                    customer.pk,
                    batch.pk,
                    customer.currency,
                    number,
                    routes.key_id(record.product.pk, record.used_at, customer.tz),
                    record.product.pk,
                    record.amount,
                    record.used_at,
                    max(month_of(record.used_at, customer.tz), earliest),
                    record.resource[:300],
                )
            )
    return batch
