"""What the first step of applying shows, by method: orders and bills, months, or one amount."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from finance_console.doors.paging import SIZE, cut, number
from invoicing.domain.profiles import Policy
from invoicing.forms.selection import Selection, read_filter
from invoicing.presenters.accounts import Accounts
from invoicing.presenters.selection import columns, month_row, source_row
from invoicing.queries import listings
from invoicing.queries.months import MONTHS, months
from invoicing.queries.planning import deficit_items
from invoicing.services.asking.gathering import whole_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the page is asked for: the fields as sent, the selection in them, the accounts, when."""

    data: QueryDict
    selection: Selection
    policy: Policy
    accounts: Accounts
    at: datetime


def by_order(wanted: Wanted) -> dict[str, Any]:
    """A page of orders and bills through the filters, and the refunds that come with them (A37)."""
    narrowed, owners = read_filter(wanted.data), wanted.accounts.chosen
    page, items = listings.open_sources(owners, narrowed, number(wanted.data))
    chosen = wanted.selection.sources
    rows = [source_row(listed, chosen, wanted.at) for listed in items.values()]
    owed = list(deficit_items(*owners)[: SIZE + 1]) if not narrowed.sign else []
    return {
        "page": page,
        "rows": rows,
        "wanted": narrowed,
        "sellers": listings.sellers(owners),
        "elsewhere": [source for source in chosen if source not in items],
        "deficits": owed[:SIZE],
        "more_deficits": len(owed) > SIZE,
        "includes_refunds": wanted.policy.offset_timing != "manual",
    }


def by_month(wanted: Wanted) -> dict[str, Any]:
    """A page of months, those already invoiced with the reason (A38, K07)."""
    before = wanted.data.get("before", "")
    whole = whole_statements(wanted.policy)
    owners, policy = wanted.accounts.chosen, wanted.policy
    month_rows = months(owners, policy, wanted.at, before, marketplace=whole)
    shown = cut(month_rows, key="period", size=MONTHS, is_first=not before)
    chosen = wanted.selection.months
    between = columns(shown.rows)
    rows = [month_row(month, policy, chosen, between) for month in shown.rows]
    visible = {month.period for month in shown.rows}
    elsewhere = [month for month in chosen if month not in visible]
    return {
        "page": shown,
        "rows": rows,
        "elsewhere": elsewhere,
        "two_totals": whole,
        "columns": between,
    }


def by_amount(wanted: Wanted) -> dict[str, Any]:
    """The amount as it was typed."""
    return {"amount_text": wanted.selection.amount_text}


METHODS: Mapping[str, Callable[[Wanted], dict[str, Any]]] = {
    "order": by_order,
    "month": by_month,
    "amount": by_amount,
}
