"""Closing the books: through a local date, for every customer, for good."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import CustomerAccount, User
from finance_console.kernel.errors import DomainError
from ledger.models import PeriodLock
from ledger.services.operators import require_controller, require_reason

LOCK = 7301002  # every posting takes it shared (migration 0002)


@transaction.atomic
def lock_books(*, through: date, reason: str, by: User, at: datetime) -> PeriodLock:
    """Nothing is posted on `through` (inclusive, local to each customer) or before it any more.

    Waits for the postings that are under way. Raises `not_permitted`, `explanation_required`,
    `period_not_over` when the day is not over for every customer, and `already_locked` for a
    date that is not later than the last one: books are never opened again.
    """
    require_controller(by)
    reason = require_reason(reason)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if through > last_day_over(at):
        raise DomainError("period_not_over", day=through)
    locked = locked_through()
    if locked is not None and through <= locked:
        raise DomainError("already_locked", day=locked)
    return PeriodLock.objects.create(
        locked_through=through, reason=reason, locked_by=by, locked_at=at
    )


def locked_through() -> date | None:
    """The date through which the books are locked (inclusive); None while they are all open."""
    return PeriodLock.objects.aggregate(last=Max("locked_through"))["last"]


def last_day_over(at: datetime) -> date:
    """The latest date that is over at `at` wherever a customer is."""
    return min(at.astimezone(zone).date() for zone in _zones()) - timedelta(days=1)


def day_over_at(day: date) -> datetime:
    """The moment at which the local `day` is over wherever a customer is."""
    return max(datetime.combine(day + timedelta(days=1), time(), tzinfo=zone) for zone in _zones())


def _zones() -> list[ZoneInfo]:
    """The time zones of our customers, and our own."""
    names = set(CustomerAccount.objects.order_by().values_list("time_zone", flat=True).distinct())
    return [ZoneInfo(name) for name in sorted(names | {settings.TIME_ZONE})]
