"""Every day once, per currency: do the ledger, the bank and the bills say the same?

A reconciliation is a row that stays as it was made. What differs is named in its `gaps`; a person
explains them and another one signs. Days are local to each customer; a day is reconciled when it
is over for all of them.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.models import Entry, LedgerAccount, Reconciliation
from ledger.queries.books import bucket_totals
from ledger.services.control import comparing
from ledger.services.control.locking_periods import day_over_at, last_day_over
from ledger.services.operators import require_another, require_controller, require_reason

Totals = dict[str, Decimal]
LOCK = 7301003
SIGNED = _("Signed off")


def reconcile_days(*, at: datetime) -> int:
    """Reconcile every day that is over and was not reconciled yet, oldest first; returns how many rows.

    A transaction per day and currency, unique in the database: safe twice, in parallel, or late.
    """
    made, end = 0, last_day_over(at)
    for currency in _currencies():
        day = _next_day(currency)
        while day is not None and day <= end:
            made += reconcile(day=day, currency=currency, at=at)
            day += timedelta(days=1)
    return made


def next_reconciliation(after: datetime) -> datetime | None:
    """When the oldest day that is not reconciled is over; None before the first entry."""
    days = [day for currency in _currencies() if (day := _next_day(currency))]
    return day_over_at(min(days)) if days else None


@transaction.atomic
def reconcile(*, day: date, currency: str, at: datetime) -> bool:
    """Compare one day in one currency. False when that was done before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # one sweep at a time
    if Reconciliation.objects.filter(day=day, currency=currency).exists():
        return False
    before = Reconciliation.objects.filter(currency=currency, day__lt=day).order_by("-day").first()
    totals = bucket_totals(currency, day)
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    recharged, banked = comparing.recharges(day, currency)
    charged, earned = comparing.charges(day, currency)
    row = Reconciliation(
        day=day,
        currency=currency,
        recharged=recharged,
        banked=banked,
        charged=charged,
        earned=earned,
        totals={
            "buckets": {bucket: f"{total:.2f}" for bucket, total in totals.items()},
            "newest_entry": newest,
        },
        gaps=[*comparing.gaps(day, currency), *_not_conserved(before, totals, day, currency)],
        made_at=at,
    )
    row.save(force_insert=True)
    return True


def _not_conserved(
    before: Reconciliation | None, totals: Totals, day: date, currency: str
) -> Iterator[comparing.Gap]:
    """Where yesterday's totals and today's movements do not make today's totals (I22)."""
    if sum(totals.values(), ZERO):
        yield comparing.gap("not_zero", [], ledger=sum(totals.values(), ZERO), other=ZERO)
    stored = stored_totals(before) if before else {}
    moved = comparing.movements(day, currency)
    for bucket in sorted({*totals, *stored, *moved}):
        expected = stored.get(bucket, ZERO) + moved.get(bucket, ZERO)
        found = totals.get(bucket, ZERO)
        if found != expected:
            known = before.totals["newest_entry"] if before else 0
            ids = Entry.objects.filter(
                pk__gt=known, account__bucket=bucket, currency=currency, local_date__lt=day
            ).order_by("pk")
            late = list(ids.values_list("pk", flat=True)[: comparing.MOST_NAMED])
            yield comparing.gap("not_conserved", late, ledger=found, other=expected, about=bucket)


def stored_totals(row: Reconciliation) -> Totals:
    """The totals per bucket when the day was over, as they were written down then."""
    return {bucket: Decimal(total) for bucket, total in row.totals["buckets"].items()}


@transaction.atomic
def explain(*, reconciliation: Reconciliation, note: str, by: User, at: datetime) -> Reconciliation:
    """Say what the gaps are. Somebody else signs. Raises `not_permitted`, `explanation_required`,
    `wrong_state` when it is signed."""
    require_controller(by)
    row = _unsigned(reconciliation)
    row.note, row.explained_by = require_reason(note, 300), by
    row.save(update_fields=["note", "explained_by"])
    return row


@transaction.atomic
def sign_off(*, reconciliation: Reconciliation, by: User, at: datetime) -> Reconciliation:
    """Accept the day. Gaps need a note first, by another person.

    Raises `not_permitted`, `wrong_state` when it is signed, `explanation_required`, `four_eyes`.
    """
    require_controller(by)
    row = _unsigned(reconciliation)
    if row.gaps and not row.note:
        raise DomainError("explanation_required")
    require_another(by, row.explained_by_id)
    row.signed_by, row.signed_at = by, at
    row.save(update_fields=["signed_by", "signed_at"])
    return row


def lock_reconciliation(reconciliation: Reconciliation) -> Reconciliation:
    """The day as it is now, locked until the transaction ends."""
    rows = Reconciliation.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(pk=reconciliation.pk)


def _unsigned(reconciliation: Reconciliation) -> Reconciliation:
    row = lock_reconciliation(reconciliation)
    if row.signed_at is not None:
        raise DomainError("wrong_state", state=SIGNED)
    return row


def _currencies() -> list[str]:
    used = LedgerAccount.objects.filter(version__gt=0).order_by("currency")
    return list(used.values_list("currency", flat=True).distinct())


def _next_day(currency: str) -> date | None:
    """The first day of a currency that has no reconciliation."""
    last = Reconciliation.objects.filter(currency=currency).aggregate(last=Max("day"))["last"]
    if last is not None:
        return last + timedelta(days=1)
    return Entry.objects.filter(currency=currency).aggregate(first=Min("local_date"))["first"]
