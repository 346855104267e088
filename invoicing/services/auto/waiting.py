"""Who waits for which month to be invoiced: customers that share a profile and a clock, counted.

A month of a customer waits when auto-invoicing is on, covers it, and has no run of it. Months come
in order: a later one waits until the earlier one has its run.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import first_day, local_time, next_month, previous_month
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy
from invoicing.models import AutoInvoicing, AutoInvoicingRehearsal, AutoInvoicingRun
from ledger.models import UsageRecord

HOUR = 2
EVE = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Customers under the same rules and the same clock: what is due, is due for all of them."""

    profile: str
    version: int
    time_zone: str

    @property
    def policy(self) -> Policy:
        return profiles.get(self.profile, self.version)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def due_at(self, period: str) -> datetime | None:
        """When `period` is invoiced: 02:00 of the profile's day of the next month, local; None: never."""
        return _due_at(self.policy, self.tz, period)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many customers of a group have `period` as their next month; due at `due`."""

    group: Group
    period: str
    due: datetime
    customers: int


def due_at(policy: Policy, customer: CustomerAccount, period: str) -> datetime | None:
    """When `period` is invoiced for the customer, as `Group.due_at`."""
    return _due_at(policy, customer.tz, period)


def group_of(customer: CustomerAccount) -> Group:
    """The group the customer is in now."""
    return Group(customer.profile, customer.profile_version, customer.time_zone)


def _due_at(policy: Policy, tz: ZoneInfo, period: str) -> datetime | None:
    if policy.auto_invoice_day is None:
        return None
    day = first_day(next_month(period)).replace(day=policy.auto_invoice_day)
    return local_time(day, HOUR, tz)


def waiting() -> list[Waiting]:
    """Every group with its next months, the first due first. One query."""
    runs = AutoInvoicingRun.objects.filter(
        customer=OuterRef("customer"), period__gte=OuterRef("first_period")
    )
    newest = Subquery(runs.order_by("-period").values("period")[:1])
    rows = (
        AutoInvoicing.objects.filter(enabled=True)
        .annotate(newest=newest)
        .order_by()
        .values_list(
            "customer__profile",
            "customer__profile_version",
            "customer__time_zone",
            "first_period",
            "newest",
        )
        .annotate(customers=Count("pk"))
    )
    counted: Counter[tuple[Group, str]] = Counter()
    for profile, version, time_zone, first, newest_run, customers in rows:
        period = next_month(newest_run) if newest_run else first
        counted[Group(profile, version, time_zone), period] += customers
    dated = [
        Waiting(group, period, due, customers)
        for (group, period), customers in counted.items()
        if (due := group.due_at(period)) is not None
    ]
    return sorted(
        dated,
        key=lambda group_waiting: (group_waiting.due, group_waiting.period, group_waiting.group),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run of a month has come: accounts done, of those it covers."""

    period: str
    done: int
    due: int


def progress(at: datetime) -> list[Progress]:
    """The months that are due and not finished, and the last one that has runs, oldest first."""
    left: Counter[str] = Counter()
    for group_waiting in waiting():
        if group_waiting.due <= at:
            left[group_waiting.period] += group_waiting.customers
    newest = AutoInvoicingRun.objects.order_by("-pk").values_list("period", flat=True).first()
    covered = AutoInvoicing.objects.filter(enabled=True)
    progressed = []
    for period in sorted({*left, *([newest] if newest else [])}):
        due = covered.filter(first_period__lte=period).count()
        missing = sum(count for month, count in left.items() if month <= period)
        progressed.append(Progress(period, due - missing, due))
    return progressed


def next_ids(group: Group, period: str, after: int, limit: int) -> list[int]:
    """The next customers of the group that wait for `period` and are billed for it, by id above `after`."""
    ids = _without_run(period, in_order=True).filter(
        profile=group.profile,
        profile_version=group.version,
        time_zone=group.time_zone,
        pk__gt=after,
    )
    return list(ids.filter(~_unbilled(period)).order_by("pk").values_list("pk", flat=True)[:limit])


def _unbilled(period: str) -> Exists:
    """Usage up to `period` is on no bill yet: the bill comes first, whichever job wakes first (R21)."""
    return Exists(
        UsageRecord.objects.filter(customer=OuterRef("pk"), bill_line=None, period__lte=period)
    )


def to_rehearse(period: str, after: int, limit: int) -> list[CustomerAccount]:
    """Customers that `period` will be invoiced for, by id above `after`."""
    return list(_without_run(period, in_order=False).filter(pk__gt=after).order_by("pk")[:limit])


def _without_run(period: str, *, in_order: bool) -> QuerySet[CustomerAccount]:
    """Customers whose auto-invoicing covers `period` without a run of it; `in_order`: it is the next."""
    runs = AutoInvoicingRun.objects.filter(customer=OuterRef("pk"))
    covered = CustomerAccount.objects.filter(
        ~Exists(runs.filter(period=period)),
        auto_invoicing__enabled=True,
        auto_invoicing__first_period__lte=period,
    )
    if not in_order:
        return covered
    before = Exists(runs.filter(period=previous_month(period)))
    return covered.filter(Q(auto_invoicing__first_period=period) | before)


def eves(waiting_groups: Iterable[Waiting]) -> dict[str, tuple[datetime, datetime]]:
    """By month that was not rehearsed yet: when to rehearse it, and the first run it is for.

    A month that was rehearsed is followed by the next one.
    """
    rehearsed = set(AutoInvoicingRehearsal.objects.values_list("period", flat=True))
    first: dict[str, tuple[datetime, datetime]] = {}
    for group_waiting in waiting_groups:
        period = group_waiting.period
        while period in rehearsed:
            period = next_month(period)
        due = group_waiting.group.due_at(period)
        if due is not None and (period not in first or due < first[period][1]):
            first[period] = (due - EVE, due)
    return first
