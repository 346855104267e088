"""The items that an ask is about, and why there are none."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain.plan import Candidate
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceableItem, InvoiceApplication
from invoicing.queries.planning import available_items, candidate, deficit_items
from invoicing.queries.statements import Later, covered_months, later_items, month_of
from invoicing.services.asking.explaining import explain_months, explain_source
from invoicing.services.asking.terms import Ask

Method = InvoiceApplication.Method
PAGE = 200
"""How many items an amount reads at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The items an ask is about; `later`: those that go with another month's statement (K07)."""

    items: Sequence[InvoiceableItem]
    later: Mapping[int, Later]

    @property
    def candidates(self) -> list[Candidate]:
        """As the planner sees them, each in the month of its statement."""
        return [candidate(item, month=month_of(item, self.later)) for item in self.items]


def select_items(
    *, owners: Sequence[CustomerAccount], policy: Policy, ask: Ask, at: datetime
) -> Selected:
    """The items the ask is about: available, with something open, of the accounts it covers.

    Naming an order, a bill or months that cannot be invoiced says why (see `explaining`).
    Marketplace items are selected by order, because their total is separate (B10); where orders
    cannot be selected at all, a month is the whole statement with both of its totals (K01).
    Raises `nothing_selected`, `month_already_invoiced`, and what `explaining` finds.
    """
    items = available_items(owners[0], at, *owners[1:])
    if ask.sources:
        chosen = list(items.filter(source__in=ask.sources))
        if missing := sorted(set(ask.sources) - {item.source for item in chosen}):
            raise explain_source(owners, missing[0], left=total_open(chosen))
        return Selected(items=chosen, later={})
    if ask.method == Method.ORDER:
        raise DomainError("nothing_selected")
    whole = whole_statements(policy)
    items = items if whole else items.filter(marketplace=False)
    if ask.method == Method.MONTH:
        if not ask.months:
            raise DomainError("nothing_selected")
        later = later_items(owners, policy)
        chosen = of_months(items, ask.months, later, at)
        check_months(owners, policy, ask.months, chosen, later)
        if not chosen:
            raise explain_months(owners, ask.months, marketplace=whole)
        return Selected(items=chosen, later=later)
    if ask.amount is None:
        raise DomainError("nothing_selected")
    if ask.months:
        items = items.filter(period__in=ask.months)
    if policy.partial_amounts and not deficit_items(*owners).exists():
        return Selected(items=oldest(items, ask.amount), later={})
    return Selected(items=list(items), later={})


def oldest(items: QuerySet[InvoiceableItem], amount: Decimal) -> list[InvoiceableItem]:
    """The first of `items`, oldest first, that pay for `amount`; all of them when they do not.

    Reads in pages that grow, and stops when it has enough.
    """
    enough: list[InvoiceableItem] = []
    left, size = amount, PAGE
    while True:
        page = list(items[:size])
        for item in page:
            if left <= 0:
                return enough
            enough.append(item)
            left -= item.open
        if left <= 0 or len(page) < size:
            return enough
        last, size = page[-1], size * 2
        newer = Q(paid_at__gt=last.paid_at) | Q(pk__gt=last.pk)
        items = items.filter(newer, paid_at__gte=last.paid_at)


def of_months(
    items: QuerySet[InvoiceableItem],
    months: Collection[str],
    later: Mapping[int, Later],
    at: datetime,
) -> list[InvoiceableItem]:
    """Those of the available `items` that the statements of `months` hold at `at`."""
    if not later:
        return list(items.filter(period__in=months))
    coming = [
        item.item_id for item in later.values() if item.month in months and item.opens_at <= at
    ]
    own = Q(period__in=months) & ~Q(pk__in=later)
    return list(items.filter(own | Q(pk__in=coming)))


def whole_statements(policy: Policy) -> bool:
    """Whether a month includes what was bought in the marketplace: there is no other way to ask."""
    return Method.ORDER not in policy.methods


def total_open(items: Iterable[InvoiceableItem]) -> Decimal:
    """The open amount of `items` together."""
    return sum((item.open for item in items), ZERO)


def still_open(
    *, owners: Sequence[CustomerAccount], policy: Policy, ask: Ask, at: datetime
) -> Decimal:
    """What is left to invoice of the selection of `ask`, at most the amount it asks for."""
    items = available_items(owners[0], at, *owners[1:])
    if ask.sources:
        return total_open(items.filter(source__in=ask.sources))
    items = items if whole_statements(policy) else items.filter(marketplace=False)
    if ask.months:
        return total_open(of_months(items, ask.months, later_items(owners, policy), at))
    left = total_open(items)
    return left if ask.amount is None else min(left, ask.amount)


def check_months(
    owners: Sequence[CustomerAccount],
    policy: Policy,
    months: tuple[str, ...],
    chosen: Sequence[InvoiceableItem],
    later: Mapping[int, Later],
) -> None:
    """Raises `month_already_invoiced` for one that stands invoiced, where a month is invoiced once (K07).

    It says with which months goes what is open of it. A month of which `chosen` has something, because an
    invoice of it was returned, can be asked for again (K25).
    """
    if policy.max_requests_per_month is None:
        return
    covered = {month for _customer, month, _entity, _rate in covered_months(owners)}
    chosen_months = {month_of(item, later) for item in chosen}
    for month in sorted(set(months) & covered - chosen_months):
        rest = [late_item for late_item in later.values() if late_item.period == month]
        if not rest:
            raise DomainError("month_already_invoiced", month=month)
        raise DomainError(
            "month_already_invoiced",
            says="month_goes_on",
            month=month,
            amount=sum((late_item.amount for late_item in rest), ZERO),
            later=", ".join(sorted({late_item.month for late_item in rest})),
        )
