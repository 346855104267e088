"""The review queue: what waits for a person, what is late, what is due today, what is mine.

Applications that approve themselves are not in it, unless somebody opened one or the moment passed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Certification, User
from accounts.queries.workdays import calendar_after
from finance_console.kernel.writing import in_currency
from invoicing.admin.review.comparison import differing_fields
from invoicing.models import InvoiceApplication
from invoicing.presenters.deadline import Deadline, deadline

PAGE = 50
COUNT_LIMIT = 99
Applications = QuerySet[InvoiceApplication]


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of the queue."""

    code: str
    label: Any
    chosen: Callable[[User, datetime], Q]


def _end_of_today(at: datetime) -> datetime:
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


TABS: Mapping[str, Tab] = {
    tab.code: tab
    for tab in (
        Tab("review", _("Needs review"), lambda user, at: Q()),
        Tab("overdue", _("Overdue"), lambda user, at: Q(review_due_at__lt=at)),
        Tab(
            "today",
            _("Due today"),
            lambda user, at: Q(review_due_at__gte=at, review_due_at__lt=_end_of_today(at)),
        ),
        Tab("mine", _("Mine"), lambda user, at: Q(claimed_by=user)),
    )
}


def waiting(tab: str, user: User, at: datetime) -> Applications:
    """The applications of a tab, the most urgent first. An unknown tab is the first one."""
    chosen = TABS.get(tab, TABS["review"]).chosen(user, at)
    for_people = Q(auto_review_at=None) | Q(claimed_at__isnull=False) | Q(review_due_at__lt=at)
    pending = InvoiceApplication.objects.filter(status=InvoiceApplication.Status.PENDING_APPROVAL)
    return pending.filter(for_people & chosen).order_by("review_due_at", "pk")


def after(applications: Applications, last: InvoiceApplication) -> Applications:
    """Those behind `last` in the order of the queue: the next page, or the next one to decide."""
    later = Q(review_due_at__gt=last.review_due_at)
    return applications.filter(later | Q(review_due_at=last.review_due_at, pk__gt=last.pk))


def next_to_decide(
    tab: str, done: InvoiceApplication, user: User, at: datetime
) -> InvoiceApplication | None:
    """The one behind `done` in the tab, else the first one left; None when the tab is empty."""
    left = waiting(tab, user, at).exclude(pk=done.pk)
    return after(left, done).first() or left.first()


def counts(user: User, at: datetime) -> dict[str, str]:
    """How many each tab holds, counted no further than `COUNT_LIMIT`."""
    numbers = {tab: waiting(tab, user, at)[: COUNT_LIMIT + 1].count() for tab in TABS}
    return {
        tab: f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else str(number)
        for tab, number in numbers.items()
    }


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An application as the list shows it; `differing` counts the certified fields that differ."""

    application: InvoiceApplication
    deadline: Deadline
    differing: int
    invoices: int

    @property
    def amount(self) -> str:
        """The total, grouped for reading."""
        return in_currency(self.application.total.amount, self.application.total.currency.code)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue; `next_from` continues behind it, None on the last page."""

    rows: Sequence[QueueRow]
    next_from: int | None


def page(tab: str, user: User, at: datetime, behind: int | None = None) -> QueuePage:
    """A page of a tab in a fixed number of queries; `behind`: the application to continue after."""
    queued = waiting(tab, user, at)
    if behind and (last := InvoiceApplication.objects.filter(pk=behind).first()):
        queued = after(queued, last)
    chosen = queued.select_related("customer", "claimed_by").annotate(planned=Count("invoices"))
    applications = list(chosen[: PAGE + 1])
    shown = applications[:PAGE]
    certified = newest_certifications({application.customer_id for application in shown})
    calendar = calendar_after(at, timezone.get_current_timezone())
    rows = [
        QueueRow(
            application=application,
            deadline=deadline(application.review_due_at, at, application.customer.tz, calendar),
            differing=len(
                differing_fields(application.buyer, certified.get(application.customer_id))
            ),
            invoices=application.planned,
        )
        for application in shown
    ]
    return QueuePage(rows, shown[-1].pk if len(applications) > PAGE else None)


def newest_certifications(customers: set[int]) -> dict[int, Certification]:
    """The certification in force, by customer."""
    newest = Certification.objects.filter(customer__in=customers).order_by("customer", "-version")
    return {row.customer_id: row for row in newest.distinct("customer")}
