"""Where a month is invoiced once: with which month's statement an open item goes (K07, K15, K25, D23).

What counts is what still stands: an invoice that is neither dropped nor credited in full covers its
months for its company and tax rate. What comes back of such a month, or matures after it, goes with
the first later month that is still free; that month's statement exists from the day after its bill.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.calendar import first_day, local_time, next_month
from invoicing.domain.profiles import Policy
from invoicing.models import Invoice, InvoiceableItem
from invoicing.queries.policies import policy_of

Covered = tuple[int, str, int, Decimal]
"""Customer, month, company and rate that a standing invoice covers."""

OVER = (Invoice.Status.DROPPED, Invoice.Status.CREDITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """An open item whose own month (`period`) is covered: it goes with `month`, from `opens_at` on."""

    item_id: int
    customer_id: int
    category_id: int
    marketplace: bool
    period: str
    amount: Decimal
    month: str
    opens_at: datetime
    available_at: datetime


def later_items(
    customers: Sequence[CustomerAccount], policy: Policy | None = None
) -> dict[int, Later]:
    """What of these customers goes with another month than its own, by item; nothing where months are free.

    `policy`: under which it is asked for; None: of each customer its own.
    """
    owners = {
        customer.pk: (customer, policy or policy_of(customer))
        for customer in customers
        if (policy or policy_of(customer)).max_requests_per_month is not None
    }
    covered = covered_months([customer for customer, _policy in owners.values()])
    if not covered:
        return {}
    rows = InvoiceableItem.objects.filter(
        customer__in=owners,
        period__in={month for _customer, month, _entity, _rate in covered},
        net__gt=0,
        available_at__isnull=False,
    ).only("customer_id", "period", "entity_id", "rate", "net", "available_at", "marketplace", "tax_category_id")  # fmt: skip
    return {
        row.pk: _later(row, *owners[row.customer_id], covered)
        for row in rows
        if (row.customer_id, row.period, row.entity_id, row.rate) in covered
    }


def _later(
    row: InvoiceableItem, customer: CustomerAccount, policy: Policy, covered: frozenset[Covered]
) -> Later:
    month = next_month(row.period)
    while (row.customer_id, month, row.entity_id, row.rate) in covered:
        month = next_month(month)
    assert row.available_at is not None, "the query asks for it"
    opens_at = opening(month, customer, policy)
    return Later(
        item_id=row.pk,
        customer_id=row.customer_id,
        category_id=row.tax_category_id,
        marketplace=row.marketplace,
        period=row.period,
        amount=row.net,
        month=month,
        opens_at=max(opens_at, row.available_at),
        available_at=row.available_at,
    )


def opening(month: str, customer: CustomerAccount, policy: Policy) -> datetime:
    """From when the statement of `month` can be asked for (K05, D09)."""
    day = first_day(next_month(month)) + timedelta(days=policy.bill_day)
    return local_time(day, 0, customer.tz)


def covered_months(customers: Sequence[CustomerAccount]) -> frozenset[Covered]:
    """What standing invoices cover, also those that a managing account asked for."""
    ids = {customer.pk for customer in customers}
    if not ids:
        return frozenset()
    askers = ids | {customer.parent_id for customer in customers if customer.parent_id}
    standing = Invoice.objects.exclude(status__in=OVER).filter(application__customer__in=askers)
    rows = standing.order_by().values_list(
        "application__customer", "application__members", "months", "entity", "rate"
    )
    return frozenset(
        (owner, month, entity_id, rate)
        for asker, members, months, entity_id, rate in rows
        for owner in (members or [asker])
        if owner in ids
        for month in months
    )


def held(later: Iterable[Later], at: datetime) -> list[Later]:
    """Those of `later` whose statement cannot be asked for yet at `at`."""
    return [item for item in later if item.opens_at > at]


def month_of(item: InvoiceableItem, later: Mapping[int, Later]) -> str:
    """The month with whose statement the item goes."""
    return later[item.pk].month if item.pk in later else item.period
