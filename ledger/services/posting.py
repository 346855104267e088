"""The only writer of entries: one balanced transfer at a time, idempotent by its reference."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from ledger.models import LedgerAccount, Transfer

Bucket = LedgerAccount.Bucket


@dataclass(frozen=True, slots=True)
class Leg:
    """Add `amount` (negative takes away) to the customer's account for bucket and entity."""

    bucket: str
    amount: Decimal
    entity_id: int | None = None


def post(
    *,
    customer: CustomerAccount,
    reference: str,
    kind: str,
    legs: Iterable[Leg],
    currency: str,
    at: datetime,
    reverses: Transfer | None = None,
) -> tuple[Transfer, bool]:
    """Write one transfer with its entries; returns it and whether it is new.

    Legs of one account are added up, zero legs are dropped, the rest must sum to zero. Accounts
    are made when first used and locked in primary-key order by `ledger_post` (migration 0002).
    The same `reference` with the same content returns the first transfer and writes nothing.
    `reverses` is the transfer this one undoes; each is reversed once at most (IntegrityError).
    Raises `reference_conflict` for the same reference with other content, and `period_locked`.
    A balance below its floor is an IntegrityError: callers check first, under the customer's lock.
    """
    sums: dict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    for leg in legs:
        sums[leg.bucket, leg.entity_id] += leg.amount
    rows = sorted(
        ((bucket, entity, amount) for (bucket, entity), amount in sums.items() if amount),
        key=lambda row: (row[0], row[1] or 0),
    )
    content = [
        kind,
        currency,
        [[bucket, entity, f"{amount:.2f}"] for bucket, entity, amount in rows],
    ]
    fingerprint = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    with _locked_books_refused(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM ledger_post(%s, %s, %s, %s, %s, %s, %s, %s::text[], %s::bigint[],"
            " %s::numeric[], %s)",
            [
                customer.pk,
                reference,
                kind,
                fingerprint,
                at,
                at.astimezone(customer.tz).date(),
                currency,
                [row[0] for row in rows],
                [row[1] for row in rows],
                [row[2] for row in rows],
                reverses.pk if reverses else None,
            ],
        )
        transfer_id, stored, created = cursor.fetchone()
    if stored != fingerprint:
        raise DomainError("reference_conflict", reference=reference)
    if not created:
        return Transfer.objects.get(pk=transfer_id), False
    new = Transfer(
        pk=transfer_id,
        customer=customer,
        reference=reference,
        kind=kind,
        fingerprint=fingerprint,
        effective_at=at,
        reverses=reverses,
    )
    new._state.adding, new._state.db = False, connection.alias  # the row is there
    return new, True


@contextmanager
def _locked_books_refused() -> Iterator[None]:
    """Say in words that the books are locked; the trigger on the entries decides."""
    try:
        yield
    except IntegrityError as error:
        cause = getattr(error.__cause__, "diag", None)
        if cause is not None and cause.constraint_name == "period_locked":
            raise DomainError("period_locked") from error
        raise


def payment_legs(parts: Mapping[str, Decimal], bucket: str, entity_id: int) -> list[Leg]:
    """Take `parts` (fund -> amount) from the customer and give their sum to the entity's `bucket`."""
    legs = [Leg(fund, -amount) for fund, amount in parts.items()]
    return [*legs, Leg(bucket, sum(parts.values(), Decimal(0)), entity_id)]
