"""Reading what can be invoiced and why, and what a person may see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import DeficitItem
from invoicing.models import (
    Claim,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    ItemTally,
)
from invoicing.queries.open_sums import lapsed, open_sums
from invoicing.queries.planning import as_deficit, deficit_items
from invoicing.queries.statements import held, later_items
from ledger.models import Order, TaxCategory
from ledger.queries.balances import unsettled_total
from ledger.queries.unbilled import unbilled


@dataclass(frozen=True, slots=True)
class KeyAmounts:
    """Open and deficit under one tax key."""

    category_id: int
    content: str
    entity: str
    open: Decimal
    deficit: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """Paid or metered, but not invoiceable yet (or never, here): how much, why, from when."""

    reason: str
    amount: Decimal
    available_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation: a code the doors translate, and a signed amount."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoiceable:
    """The invoiceable amount of a customer at an instant, in its currency, explained.

    `explanation` sums to `open - deficit` to the cent (B08, A36); `waiting` says what is not in it.
    `opened` and `owed` are what it was summed from: `open_sums`, and every deficit.
    """

    open: Decimal
    deficit: Decimal
    marketplace_open: Decimal
    by_key: Sequence[KeyAmounts]
    waiting: Sequence[Waiting]
    explanation: Sequence[Line]
    opened: Mapping[tuple[int, bool], Decimal]
    owed: Sequence[DeficitItem]

    @property
    def available(self) -> Decimal:
        """What the customer may count on: open less deficit, negative when more was refunded."""
        return self.open - self.deficit


def invoiceable(customer: CustomerAccount, at: datetime) -> Invoiceable:
    """How much can be invoiced at `at`, by tax key, with the explanation and what waits.

    Reads tallies and the partial indexes of open, overdrawn and immature items: the cost does not
    grow with the customer's history.
    """
    sums, overdrawn = open_sums((customer,), at), list(deficit_items(customer))
    by_key = _by_key(
        {key: amount for (key, market), amount in sums.items() if not market},
        [item for item in overdrawn if not item.marketplace],
    )
    return Invoiceable(
        open=sum((key.open for key in by_key), ZERO),
        deficit=sum((key.deficit for key in by_key), ZERO),
        marketplace_open=sum((amount for (_key, market), amount in sums.items() if market), ZERO),
        by_key=by_key,
        waiting=waiting(customer, at),
        explanation=explanation(customer, at),
        opened=sums,
        owed=[as_deficit(item) for item in overdrawn],
    )


def _by_key(
    opened: Mapping[int, Decimal], overdrawn: Sequence[InvoiceableItem]
) -> list[KeyAmounts]:
    lacking: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item in overdrawn:
        lacking[item.tax_category_id] += item.deficit
    categories = TaxCategory.objects.filter(pk__in=opened.keys() | lacking.keys())
    return [
        KeyAmounts(
            category_id=category.pk,
            content=category.content,
            entity=category.entity.name,
            open=opened.get(category.pk, ZERO),
            deficit=lacking.get(category.pk, ZERO),
        )
        for category in categories.select_related("entity").order_by("pk")
    ]


def explanation(customer: CustomerAccount, at: datetime) -> list[Line]:
    """The sum behind the amount, over all items that are available or overdrawn (B08, A36).

    All own items (their tallies), less those that are not available yet, or go with a statement to come.
    """
    own = {"customer": customer, "marketplace": False}
    everything = _parts(ItemTally.objects.filter(**own))
    immature = InvoiceableItem.objects.filter(Q(available_at=None) | Q(available_at__gt=at), **own)
    not_yet = _parts(immature.filter(net__gte=0))
    always = ("prepaid_cash", "postpaid_cash", "invoiced", "in_progress")
    lines = [
        Line(code, amount)
        for code in everything
        if (amount := everything[code] - not_yet[code]) or code in always
    ]
    to_come = held(later_items((customer,)).values(), at)
    later = sum((o.amount for o in to_come if o.available_at <= at and not o.marketplace), ZERO)
    if later:
        lines.append(Line("later_statement", -later))
    gone = sum(
        (amount for (_key, market), amount in lapsed(customer, at).items() if not market), ZERO
    )
    return [*lines, Line("lapsed", -gone)] if gone else lines


def _parts(rows: QuerySet[ItemTally] | QuerySet[InvoiceableItem]) -> dict[str, Decimal]:
    """The signed parts of the master invariant, summed over tallies or items."""
    sums: dict[str, Decimal] = rows.aggregate(
        prepaid_cash=Sum("cash", filter=Q(mode="prepaid"), default=ZERO),
        postpaid_cash=Sum("cash", filter=Q(mode="postpaid"), default=ZERO),
        refunded=-Sum("refunded", default=ZERO),
        invoiced=-Sum("invoiced", default=ZERO),
        in_progress=-Sum("reserved", default=ZERO),
        offset=Sum(F("offset_received") - F("offset_given"), default=ZERO),
    )
    return sums


def waiting(customer: CustomerAccount, at: datetime) -> list[Waiting]:
    """What was consumed but cannot be invoiced at `at`: reasons with amounts and dates."""
    to_come = held(later_items((customer,)).values(), at)
    later = (
        InvoiceableItem.objects.filter(customer=customer, net__gt=0)
        .exclude(pk__in=[item.item_id for item in to_come])
        .filter(Q(available_at=None) | Q(available_at__gt=at))
        .values("waiting_reason", "available_at")
        .annotate(amount=Sum("net"))
        .order_by("available_at", "waiting_reason")
    )
    rows = [Waiting(row["waiting_reason"], row["amount"], row["available_at"]) for row in later]
    rows += [Waiting("next_statement", item.amount, item.opens_at) for item in to_come]
    if customer.is_closed:
        gone = sum(lapsed(customer, at).values(), ZERO) + sum((row.amount for row in rows), ZERO)
        rows = [Waiting("account_closed", gone, None)]
    rows += [
        Waiting("bill_not_generated", used.amount, used.billed_at) for used in unbilled(customer)
    ]
    if owed := unsettled_total(customer):
        rows.append(Waiting("bill_not_settled", owed, None))
    rows.append(Waiting("not_payer", _invoiced_by_others(customer), None))
    tallies = ItemTally.objects.filter(customer=customer)
    other = tallies.aggregate(sum=Sum("other_funds", default=ZERO))["sum"]
    rows.append(Waiting("not_invoiceable_fund", other, None))
    return [row for row in rows if row.amount]


def _invoiced_by_others(customer: CustomerAccount) -> Decimal:
    """What others paid in cash for this customer's orders and may invoice themselves (B15, SC-104)."""
    orders = Order.objects.filter(~Q(payer=F("customer")), customer=customer)
    theirs = InvoiceableItem.objects.filter(charge__order__in=orders).exclude(customer=customer)
    paid = theirs.aggregate(sum=Sum(F("cash") - F("refunded"), default=ZERO))
    return Decimal(paid["sum"])


def claimed_by_unclaimed(item_id: int) -> list[tuple[int, Decimal]]:
    """Pending applications that no reviewer has opened and that claim of the item: ids with amounts.

    The newest first. A refund makes them give way (D03).
    """
    claims = Claim.objects.filter(
        item=item_id,
        line__invoice__application__status=InvoiceApplication.Status.PENDING_APPROVAL,
        line__invoice__application__claimed_at=None,
    ).values_list("line__invoice__application")
    return list(claims.annotate(sum=Sum("amount")).order_by("-line__invoice__application"))


def invoices_of(customer: CustomerAccount) -> QuerySet[Invoice]:
    """The customer's invoices, newest first: the only door to them for a customer."""
    return (
        Invoice.objects.filter(application__customer=customer)
        .select_related("application", "entity")
        .order_by("-pk")
    )
