"""All that a month of auto-invoicing depends on, loaded for many customers in a handful of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import previous_month
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Candidate, DeficitItem
from invoicing.domain.profiles import Policy
from invoicing.models import (
    AutoInvoicing,
    AutoInvoicingRun,
    InvoiceableItem,
    InvoiceApplication,
)
from invoicing.queries.catalogue import Catalogue
from invoicing.queries.statements import later_items
from invoicing.services.asking.applicants import Applicant, load_applicants


@dataclass(slots=True, kw_only=True)
class Facts:
    """One customer: settings, who it is, where invoices go, the month's open items, its deficits.

    `candidates`: of the month, and what earlier months left (see `late_items`). `available`: what the account can count on, deficits counted; None without a
    deficit.
    """

    applicant: Applicant
    settings: AutoInvoicing
    candidates: list[Candidate] = field(default_factory=list)
    deficits: list[DeficitItem] = field(default_factory=list)
    available: Decimal | None = None

    @property
    def customer(self) -> CustomerAccount:
        """The account of the applicant."""
        return self.applicant.customer

    @property
    def total(self) -> Decimal:
        """What is open of the month, and of what earlier months left."""
        return sum((candidate.amount for candidate in self.candidates), ZERO)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that the open items are of, in order."""
        return tuple(sorted({candidate.period or "" for candidate in self.candidates}))


def load(
    *,
    customers: Iterable[CustomerAccount],
    period: str,
    at: datetime,
    policy: Policy,
    catalogue: Catalogue,
    on: bool = True,
) -> list[Facts]:
    """The facts of each customer that has settings (`on`: that are on), as of `at`, in order of id.

    Eleven queries at most, however many customers. Where `policy` invoices a month once, the statement of
    the month says what goes with it; elsewhere what earlier months left follows.
    """
    by_id = {customer.pk: customer for customer in customers}
    settings = AutoInvoicing.objects.filter(customer__in=by_id).select_related("title")
    if on:
        settings = settings.filter(enabled=True, first_period__lte=period)
    facts = _of_applicants({row.customer_id: row for row in settings.order_by("customer")}, by_id)
    if policy.max_requests_per_month is None:
        covered = {key: entry.settings.first_period for key, entry in facts.items()}
        open_items = _opened(facts, at, period=period)
        open_items += late_items(covered=covered, period=period, at=at)
    else:
        open_items = _of_statement(facts, policy, period, at)
    _add_items(facts, open_items, catalogue)
    _deficits(facts, at, catalogue)
    return list(facts.values())


def _of_applicants(
    settings: Mapping[int, AutoInvoicing], customers: Mapping[int, CustomerAccount]
) -> dict[int, Facts]:
    """Who applies, with the title that its settings name."""
    mailed = {
        key
        for key, setting in settings.items()
        if setting.medium == InvoiceApplication.Medium.PAPER
    }
    applicants = load_applicants([customers[key] for key in settings], mailed=mailed)
    for key, setting in settings.items():
        applicants[key].titles = [setting.title]
    return {
        key: Facts(applicant=applicants[key], settings=setting) for key, setting in settings.items()
    }


class Open(NamedTuple):
    """What is open of one item."""

    item_id: int
    customer_id: int
    category_id: int
    amount: Decimal
    paid_at: datetime
    period: str
    available_at: datetime


def late_items(*, covered: Mapping[int, str], period: str, at: datetime) -> list[Open]:
    """What the months before `period` left: it became invoiceable after the last run, until `at`.

    A bill that was settled late, credit that was repaid, an order that was delivered: its own month
    had its run by then, so it goes with the next one. `covered`: the first month of each customer
    that auto-invoicing covers. What a failed run or a credit note left open is the customer's to decide.
    """
    runs = AutoInvoicingRun.objects.filter(customer__in=covered, period=previous_month(period))
    since = {
        customer_id: ran_at
        for customer_id, ran_at in runs.values_list("customer", "ran_at")
        if covered[customer_id] < period
    }
    if not since:
        return []
    items = _opened(since, at, period__lt=period, available_at__gt=min(since.values()))
    return [
        item
        for item in items
        if item.available_at > since[item.customer_id] and item.period >= covered[item.customer_id]
    ]


def _opened(customer_ids: Iterable[int], at: datetime, **wanted: Any) -> list[Open]:
    """What these customers can invoice of their own consumption at `at`, oldest first."""
    rows = InvoiceableItem.objects.filter(
        customer__in=list(customer_ids),
        marketplace=False,
        net__gt=0,
        available_at__lte=at,
        **wanted,
    ).order_by("paid_at", "pk")
    columns = ("pk", "customer_id", "tax_category_id", "net", "paid_at", "period", "available_at")
    return [Open(*row) for row in rows.values_list(*columns)]


def _of_statement(
    facts: Mapping[int, Facts], policy: Policy, period: str, at: datetime
) -> list[Open]:
    """What the statement of `period` holds where a month is invoiced once (K07)."""
    later = later_items([entry.customer for entry in facts.values()], policy)
    rows = _opened(facts, at, period__lte=period)
    return [
        row._replace(period=period)
        for row in rows
        if (row.item_id not in later and row.period == period)
        or (
            row.item_id in later
            and later[row.item_id].month == period
            and later[row.item_id].opens_at <= at
        )
    ]


def _add_items(facts: Mapping[int, Facts], items: Sequence[Open], catalogue: Catalogue) -> None:
    """Add what was found to the customers' candidates."""
    catalogue.learn({item.category_id for item in items})
    for item in items:
        facts[item.customer_id].candidates.append(
            Candidate(
                item_id=item.item_id,
                key=catalogue.key(item.category_id),
                amount=item.amount,
                paid_at=item.paid_at,
                period=item.period,
                media=catalogue.categories[item.category_id].entity.media,
            )
        )


def _deficits(facts: Mapping[int, Facts], at: datetime, catalogue: Catalogue) -> None:
    """Deficits, and for those customers what the account can count on; the others owe nothing."""
    rows = list(
        InvoiceableItem.objects.filter(customer__in=facts, net__lt=0)
        .order_by("paid_at", "pk")
        .values_list("pk", "customer_id", "tax_category_id", "net", "paid_at")
    )
    catalogue.learn({row[2] for row in rows})
    for item_id, customer_id, category_id, net, paid_at in rows:
        facts[customer_id].deficits.append(
            DeficitItem(
                item_id=item_id, key=catalogue.key(category_id), amount=-net, occurred_at=paid_at
            )
        )
    owing = {row[1] for row in rows}
    if not owing:
        return
    counted = Q(net__lt=0) | Q(net__gt=0, available_at__lte=at)
    own = InvoiceableItem.objects.filter(counted, customer__in=owing, marketplace=False)
    for customer_id, available in own.order_by().values_list("customer").annotate(sum=Sum("net")):
        facts[customer_id].available = available
