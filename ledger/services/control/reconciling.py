"""Every day once, per currency: do the ledger, the bank and the bills say the same?

What differs is named in the `gaps` of a day; a person explains them and another one signs. A day
whose facts change later (a bank file that came late, a line that was matched) is compared again. Days are local to each customer; a day is reconciled when it
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
from ledger.services.control import changing, comparing
from ledger.services.control.locking_periods import day_over_at, last_day_over
from ledger.services.operators import require_another, require_controller, require_reason

Totals = dict[str, Decimal]
LOCK = 7301003
MOST_DAYS = 400
EARLIEST = date(2000, 1, 1)
SIGNED = _("Signed off")


def reconcile_days(*, at: datetime) -> int:
    """Compare every day whose facts changed again, then those that are over and were not compared
    yet, oldest first; returns how many rows are new or changed.

    A transaction per day and currency, unique in the database: safe twice, in parallel, or late.
    At most `MOST_DAYS` new days of a currency in one run; the next one goes on.
    """
    made, end = 0, last_day_over(at)
    for currency in _currencies():
        for stale in changing.days(currency):
            made += reconcile(day=stale, currency=currency, at=at)
        day = _next_day(currency)
        for _nth in range(MOST_DAYS):
            if day is None or day > end:
                break
            made += reconcile(day=day, currency=currency, at=at)
            day += timedelta(days=1)
    return made


def next_reconciliation(after: datetime) -> datetime | None:
    """When the oldest day that is not reconciled is over, or `after` when the facts of one changed;
    None before the first entry."""
    currencies = _currencies()
    if any(changing.days(currency) for currency in currencies):
        return after
    days = [day for currency in currencies if (day := _next_day(currency))]
    return day_over_at(min(days)) if days else None


@transaction.atomic
def reconcile(*, day: date, currency: str, at: datetime) -> bool:
    """Compare one day in one currency, for the first time or again. False when nothing changed.

    What came late into a day moves the totals of the later days by as much. A signature on facts
    that were others is void, and an explanation of gaps that were others is forgotten.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # one sweep at a time
    known = Reconciliation.objects.select_for_update(no_key=True).filter(day=day, currency=currency)
    row = known.first()
    compared = _compared(day, currency)
    if row is None:
        compared.made_at = at
        compared.save(force_insert=True)
        changing.move_later_days(compared, comparing.movements(day, currency))
        return True
    if changing.same_facts(row, compared):
        return False
    delta = _difference(compared, row)
    if row.signed_at is not None:
        row.void_by, row.void_at = row.signed_by, at
        row.signed_by = row.signed_at = None
    if row.gaps != compared.gaps:
        row.note, row.explained_by = "", None
    for field in changing.FACTS:
        setattr(row, field, getattr(compared, field))
    row.totals, row.made_at = compared.totals, at
    row.save()
    changing.move_later_days(row, delta)
    return True


def is_stale(row: Reconciliation) -> bool:
    """Whether the facts of the day are others than those that were compared."""
    return not changing.same_facts(row, _compared(row.day, row.currency))


def _compared(day: date, currency: str) -> Reconciliation:
    """The day as the facts are now; not saved."""
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    totals = bucket_totals(currency, day)
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
    )
    before = _before(row)
    row.gaps = [*comparing.gaps(day, currency), *_not_conserved(before, totals, day, currency)]
    return row


def _before(row: Reconciliation) -> Reconciliation | None:
    rows = Reconciliation.objects.filter(currency=row.currency, day__lt=row.day)
    return rows.order_by("-day").first()


def _difference(now: Reconciliation, then: Reconciliation) -> Totals:
    """By how much each bucket is more than it was."""
    totals, stored = stored_totals(now), stored_totals(then)
    return {
        bucket: delta
        for bucket in sorted({*totals, *stored})
        if (delta := totals.get(bucket, ZERO) - stored.get(bucket, ZERO))
    }


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
        actual = totals.get(bucket, ZERO)
        if actual != expected:
            known = before.totals["newest_entry"] if before else 0
            ids = Entry.objects.filter(
                pk__gt=known, account__bucket=bucket, currency=currency, local_date__lt=day
            ).order_by("pk")
            late = list(ids.values_list("pk", flat=True)[: comparing.MOST_NAMED])
            yield comparing.gap("not_conserved", late, ledger=actual, other=expected, about=bucket)


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

    Raises `not_permitted`, `wrong_state` when it is signed, `facts_changed` when the day must be
    compared again first, `explanation_required`, `four_eyes`.
    """
    require_controller(by)
    row = _unsigned(reconciliation)
    if is_stale(row):
        raise DomainError("facts_changed", day=row.day)
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
    first = Entry.objects.filter(currency=currency).aggregate(first=Min("local_date"))["first"]
    return max(first, EARLIEST) if first else None
