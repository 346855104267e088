"""What can be selected, in words: orders and bills, months, refunds that are included."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from finance_console.doors.refusals import Link, sentence, ticket
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import money
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceableItem
from invoicing.presenters.amounts import why_not_now
from invoicing.queries.months import Month
from invoicing.queries.providers import sold_by_provider
from invoicing.queries.statements import Later
from ledger.models import InvoicingEntity


@dataclass(frozen=True, slots=True)
class Provider:
    """Who sold it in the marketplace and answers questions about it (A47, SC-102)."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """An order or bill; `reason` says why it cannot be selected ("" when it can), `fix` who can help.

    `owed`: it was refunded after it was invoiced; `open` is negative then.
    """

    source: str
    at: datetime
    description: str
    sellers: str
    rates: list[Decimal]
    cash: Decimal
    hints: list[tuple[str, Decimal]]
    open: Decimal
    reason: str
    fix: Link | None
    marketplace: bool
    checked: bool
    account: str
    provider: Provider | None
    owed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """A month to choose; `reason` says why it cannot be ("" when it can), `goes_on` where what is left of it goes."""

    month: Month
    reason: str
    goes_on: Sequence[str]
    cells: Sequence[tuple["Column", Decimal]]
    checked: bool

    @property
    def cloud_open(self) -> Decimal:
        """What can be invoiced of it, without the marketplace (K01)."""
        return self.month.open - self.month.market_open


BETWEEN = ("refunded", "invoiced", "reserved", "offset", "deficit", "moved", "waiting")
ALWAYS = ("invoiced", "reserved")
COLUMNS = {
    "refunded": _("Refunded"),
    "invoiced": _("Invoiced"),
    "reserved": _("In progress"),
    "offset": _("Used as offset"),
    "deficit": _("Refunded after invoicing"),
    "moved": _("From other months"),
    "waiting": _("Not invoiceable yet"),
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    words: str


def columns(months: Sequence[Month]) -> list[Column]:
    """The columns between what was paid and what can be invoiced: those that say something on this page."""
    return [
        Column(name, str(COLUMNS[name]))
        for name in BETWEEN
        if name in ALWAYS or any(getattr(month, name) for month in months)
    ]


def source_row(
    items: Sequence[InvoiceableItem], chosen: Collection[str], at: datetime
) -> SourceRow:
    """All items of one order or bill as one line of the table."""
    first = items[0]
    reasons = [why_not_now(item, at) for item in items if item.open]
    refused = any(item.waiting_reason == "not_eligible" for item in items if item.open)
    owed = all(item.net < 0 for item in items)
    ready = sum((i.open for i in items if i.available_at and i.available_at <= at), ZERO)
    return SourceRow(
        source=first.source,
        at=first.paid_at,
        description=_description(items),
        sellers=", ".join(dict.fromkeys(item.entity.name for item in items)),
        rates=sorted({item.rate for item in items}),
        cash=sum((item.cash for item in items), ZERO),
        hints=_hints(items, at),
        open=sum((i.net for i in items), ZERO) if owed else ready,
        reason=_owed_reason() if owed else "" if ready else next(iter(reasons), ""),
        fix=ticket("eligibility", first.source) if refused and not ready else None,
        marketplace=first.marketplace,
        checked=first.source in chosen,
        account=first.customer.name,
        provider=provider(first),
        owed=owed,
    )


def provider(item: InvoiceableItem) -> Provider | None:
    """The seller to ask, for something out of the marketplace that it invoices itself."""
    if not sold_by_provider(item):
        return None
    return Provider(item.entity.name, item.entity.support_url)


def provider_of(entity: InvoicingEntity, items: Iterable[InvoiceableItem]) -> Provider | None:
    """The seller to ask about an invoice of `entity` for `items`."""
    if not entity.support_url:
        return None
    return next((provider_found for item in items if (provider_found := provider(item))), None)


def _owed_reason() -> str:
    return gettext("Refunded after invoicing: offset first")


def _description(items: Sequence[InvoiceableItem]) -> str:
    names = list(dict.fromkeys(item.description for item in items))
    if len(names) == 1:
        return names[0]
    more = len(names) - 1
    return ngettext("%(first)s and %(more)s more", "%(first)s and %(more)s more", more) % {
        "first": names[0],
        "more": more,
    }


def _hints(items: Sequence[InvoiceableItem], at: datetime) -> list[tuple[str, Decimal]]:
    """Where the rest of what was paid is: with the open amount it sums to the cash."""
    waiting = sum((i.open for i in items if not i.available_at or i.available_at > at), ZERO)
    parts = (
        (gettext("invoiced"), sum((item.invoiced for item in items), ZERO)),
        (gettext("applied for"), sum((item.reserved for item in items), ZERO)),
        (gettext("refunded"), sum((item.refunded for item in items), ZERO)),
        (gettext("used as offset"), sum((item.offset_given for item in items), ZERO)),
        (gettext("covered by offsets"), sum((item.offset_received for item in items), ZERO)),
        (gettext("not invoiceable yet"), waiting),
    )
    return [(words, amount) for words, amount in parts if amount]


def month_row(
    month: Month, policy: Policy, chosen: Collection[str], shown: Sequence[Column]
) -> MonthRow:
    """One month in the `shown` columns, with the reason when it cannot be chosen."""
    return MonthRow(
        month=month,
        reason=_month_reason(month, policy),
        goes_on=_goes_on(month.gone),
        cells=[(column, getattr(month, column.name)) for column in shown],
        checked=month.period in chosen,
    )


def _month_reason(month: Month, policy: Policy) -> str:
    if month.open:
        return ""
    taken = month.reserved or month.invoiced
    if policy.max_requests_per_month is not None and (taken or month.gone):
        return sentence(DomainError("month_already_invoiced", month=month.period))
    if month.waiting:
        return gettext("Not invoiceable yet")
    if month.reserved:
        return gettext("Already applied for")
    return gettext("Nothing left to invoice")


def _goes_on(gone: Sequence[Later]) -> list[str]:
    """With which statement goes what its own month cannot hold any more, and from when (K07, K15)."""
    sums: dict[tuple[str, datetime], Decimal] = defaultdict(lambda: ZERO)
    for moved in gone:
        sums[moved.month, moved.opens_at] += moved.amount
    return [
        gettext("%(amount)s goes with the statement of %(month)s, from %(day)s")
        % {
            "amount": money(amount),
            "month": month,
            "day": f"{timezone.localtime(opens_at):%Y-%m-%d}",
        }
        for (month, opens_at), amount in sorted(sums.items())
    ]
