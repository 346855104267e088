"""The months of consumption: what is open now, and where the rest of what was paid is (A38, K07, K15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceableItem
from invoicing.queries.statements import Later, later_items

MONTHS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month. It closes: `open = cash - refunded - invoiced - reserved - offset + deficit + moved - waiting`.

    `offset` is what went into deficits, less what came from elsewhere for its own; `deficit` what was
    refunded after it was invoiced; `moved` what goes with it of earlier months, less what goes with a
    later one (`gone`, see `statements`); `market_open` the part of `open` bought in the marketplace.
    """

    period: str
    cash: Decimal = ZERO
    refunded: Decimal = ZERO
    invoiced: Decimal = ZERO
    reserved: Decimal = ZERO
    offset: Decimal = ZERO
    deficit: Decimal = ZERO
    moved: Decimal = ZERO
    waiting: Decimal = ZERO
    open: Decimal = ZERO
    market_open: Decimal = ZERO
    gone: Sequence[Later] = ()


def months(
    owners: Sequence[CustomerAccount],
    policy: Policy,
    at: datetime,
    before: str = "",
    *,
    marketplace: bool = False,
) -> list[Month]:
    """The months of these accounts, newest first, one more than a page; `marketplace`: of there too."""
    later = [
        item for item in later_items(owners, policy).values() if marketplace or not item.marketplace
    ]
    by_month = _own(owners, at, before, marketplace=marketplace)
    oldest = min(by_month, default="") if len(by_month) > MONTHS else ""
    for month in {item.month for item in later}:
        if oldest <= month and (not before or month < before):
            by_month.setdefault(month, Month(period=month))
    closed = (_with_moved(month, later, at) for month in by_month.values())
    return sorted(closed, key=lambda month: month.period, reverse=True)[: MONTHS + 1]


def _own(
    owners: Sequence[CustomerAccount], at: datetime, before: str, *, marketplace: bool
) -> dict[str, Month]:
    own = InvoiceableItem.objects.filter(customer__in=owners)
    own = own if marketplace else own.filter(marketplace=False)
    own = own.filter(period__lt=before) if before else own
    available = Q(net__gt=0, available_at__lte=at)
    sums = own.values("period").annotate(
        cash_sum=Sum("cash"),
        refunded_sum=Sum("refunded"),
        invoiced_sum=Sum("invoiced"),
        reserved_sum=Sum("reserved"),
        offset_sum=Sum(F("offset_given") - F("offset_received")),
        deficit_sum=-Sum("net", filter=Q(net__lt=0), default=ZERO),
        waiting_sum=Sum("net", filter=Q(net__gt=0) & ~available, default=ZERO),
        open_sum=Sum("net", filter=available, default=ZERO),
        market_sum=Sum("net", filter=available & Q(marketplace=True), default=ZERO),
    )
    return {
        row["period"]: Month(
            period=row["period"],
            cash=row["cash_sum"],
            refunded=row["refunded_sum"],
            invoiced=row["invoiced_sum"],
            reserved=row["reserved_sum"],
            offset=row["offset_sum"],
            deficit=row["deficit_sum"],
            waiting=row["waiting_sum"],
            open=row["open_sum"],
            market_open=row["market_sum"],
        )
        for row in sums.order_by("-period")[: MONTHS + 1]
    }


def _with_moved(month: Month, later: Sequence[Later], at: datetime) -> Month:
    """The month without what goes with a later one, and with what goes with it."""
    moved, waiting, opened, market = month.moved, month.waiting, month.open, month.market_open
    for item in later:
        if item.period == month.period:
            ready, sign = item.available_at <= at, -1
        elif item.month == month.period:
            ready, sign = item.opens_at <= at, 1
        else:
            continue
        amount = sign * item.amount
        moved += amount
        opened += amount if ready else ZERO
        market += amount if ready and item.marketplace else ZERO
        waiting += ZERO if ready else amount
    gone = [item for item in later if item.period == month.period]
    return replace(month, moved=moved, waiting=waiting, open=opened, market_open=market, gone=gone)
