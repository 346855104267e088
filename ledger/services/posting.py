"""The only writer of entries: balanced transfers, one or many at a time, idempotent by reference."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from ledger.models import LedgerAccount

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
    reverses_id: int | None = None,
) -> tuple[int, bool]:
    """Write one transfer with its entries; returns its id and whether it is new.

    Legs of one account are added up, zero legs are dropped, the rest must sum to zero. Accounts
    are made when first used. Postings of one customer take turns (`ledger_post`, migration 0002):
    whoever posts more than once in a transaction holds the customer's lock.
    The same `reference` with the same content returns the first transfer's id and writes nothing.
    `reverses_id` is the transfer this one undoes; each is reversed once at most (IntegrityError).
    Raises `reference_conflict` for the same reference with other content, and `period_locked`.
    A balance below its floor is an IntegrityError: callers check first, under the customer's lock.
    """
    rows = _summed(legs)
    fingerprint = _fingerprint(kind, currency, rows)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    customer.pk,
                    reference,
                    kind,
                    fingerprint,
                    str(at),  # as text, a moment travels faster
                    str(at.astimezone(customer.tz).date()),
                    currency,
                    array([bucket for bucket, _entity, _amount in rows]),
                    array([entity or "null" for _bucket, entity, _amount in rows]),
                    array([amount for _bucket, _entity, amount in rows]),
                    reverses_id,
                ],
            )
            transfer_id = cursor.fetchone()[0]
    except IntegrityError as error:
        if refusal := _refusal(error, reference):
            raise refusal from error
        raise
    if not transfer_id:
        raise DomainError("reference_conflict", reference=reference)
    return abs(transfer_id), transfer_id > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """A transfer of a batch: what `post` takes."""

    customer: CustomerAccount
    reference: str
    kind: str
    legs: Iterable[Leg]
    currency: str
    at: datetime


def post_batch(transfers: Sequence[NewTransfer]) -> list[tuple[int, bool]]:
    """Write many transfers in one statement; the id of each, in order, and whether it is new.

    The same promises as `post`, balance by balance and link by link of the hash chain. Runs in
    the caller's transaction, under the locks of all customers. A floor is kept by what an account
    has after the whole batch; callers check what comes in between.
    Raises `reference_conflict` (nothing is written then), `period_locked`, and ValueError when
    one customer's reference comes twice.
    """
    if len({(new.customer.pk, new.reference) for new in transfers}) != len(transfers):
        raise ValueError("Each reference of a customer comes once in a batch.")
    legs = [_summed(new.legs) for new in transfers]
    prints = [
        _fingerprint(new.kind, new.currency, rows)
        for new, rows in zip(transfers, legs, strict=True)
    ]
    accounts: dict[tuple[int, str, int | None, str], int] = {}
    flat = [
        (
            n,
            accounts.setdefault((new.customer.pk, bucket, entity, new.currency), len(accounts) + 1),
            amount,
        )
        for n, (new, rows) in enumerate(zip(transfers, legs, strict=True), start=1)
        for bucket, entity, amount in rows
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT transfer_id, stored, created FROM ledger_post_batch(%s::bigint[], %s::text[],"
                " %s::text[], %s::text[], %s::timestamptz[], %s::date[], %s::bigint[], %s::text[],"
                " %s::bigint[], %s::text[], %s::int[], %s::int[], %s::numeric[])",
                [
                    array(new.customer.pk for new in transfers),
                    [new.reference for new in transfers],
                    array(new.kind for new in transfers),
                    array(prints),
                    array(f'"{new.at}"' for new in transfers),
                    array(new.at.astimezone(new.customer.tz).date() for new in transfers),
                    array(owner for owner, _bucket, _entity, _currency in accounts),
                    array(bucket for _owner, bucket, _entity, _currency in accounts),
                    array(entity or "null" for _owner, _bucket, entity, _currency in accounts),
                    array(currency for _owner, _bucket, _entity, currency in accounts),
                    array(row[0] for row in flat),
                    array(row[1] for row in flat),
                    array(row[2] for row in flat),
                ],
            )
            posted = cursor.fetchall()
            for new, wanted, (_id, stored, _created) in zip(transfers, prints, posted, strict=True):
                if stored != wanted:
                    raise DomainError("reference_conflict", reference=new.reference)
    except IntegrityError as error:
        if refusal := _refusal(error):
            raise refusal from error
        raise
    return [(transfer_id, created) for transfer_id, _stored, created in posted]


def array(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it, of values that need no quotes: numbers, dates, codes.

    One text travels much faster than a value at a time.
    """
    return f"{{{','.join(map(str, values))}}}"


def _summed(legs: Iterable[Leg]) -> list[tuple[str, int | None, Decimal]]:
    """Legs of one account added up, without those that are zero, in a fixed order."""
    sums: dict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    for leg in legs:
        sums[leg.bucket, leg.entity_id] += leg.amount
    rows = ((bucket, entity, amount) for (bucket, entity), amount in sums.items() if amount)
    return sorted(rows, key=lambda row: (row[0], row[1] or 0))


def _fingerprint(kind: str, currency: str, rows: Iterable[tuple[str, int | None, Decimal]]) -> str:
    """What a transfer says, as one hash: the same reference must say the same."""
    legs = "".join(f"|{bucket},{entity or ''},{amount:.2f}" for bucket, entity, amount in rows)
    return hashlib.sha256(f"{kind}|{currency}{legs}".encode()).hexdigest()


def _refusal(error: IntegrityError, reference: str = "") -> DomainError | None:
    """In words what the database refused: the books are locked, or others posted just now.

    Only postings of other accounts under the same reference meet that late: the same ones wait.
    """
    cause = getattr(error.__cause__, "diag", None)
    refused = cause.constraint_name if cause else None
    if refused == "period_locked":
        return DomainError("period_locked")
    if refused == "transfer_reference_once" and reference:
        return DomainError("reference_conflict", reference=reference)
    return None


def payment_legs(parts: Mapping[str, Decimal], bucket: str, entity_id: int) -> list[Leg]:
    """Take `parts` (fund -> amount) from the customer and give their sum to the entity's `bucket`."""
    legs = [Leg(fund, -amount) for fund, amount in parts.items()]
    return [*legs, Leg(bucket, sum(parts.values(), Decimal(0)), entity_id)]
