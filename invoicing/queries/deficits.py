"""The workbench of deficits: where each comes from, what can offset it now, what will later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from invoicing.domain.offsetting import match
from invoicing.models import Claim, Invoice, InvoiceableItem, Offset
from invoicing.queries.planning import available_items, candidate, deficits
from invoicing.queries.policies import policy_of
from ledger.models import Refund

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Deficit:
    """One deficit. Amounts in the customer's currency.

    `refunds` and `invoices` are its origin; `offsets` what open items would take of it now,
    `later` what waits under the same tax key, and `left` what new consumption must cover.
    """

    item: InvoiceableItem
    amount: Decimal
    refunds: Sequence[Refund]
    invoices: Sequence[Invoice]
    offsets: Sequence[tuple[str, Decimal]]
    later: Decimal

    @property
    def covered(self) -> Decimal:
        """What can be offset now."""
        return sum((amount for _source, amount in self.offsets), ZERO)

    @property
    def left(self) -> Decimal:
        """What neither open nor waiting items cover."""
        return self.amount - self.covered - self.later


def of(customer: CustomerAccount, at: datetime) -> list[Deficit]:
    """The customer's deficits, oldest first, at most `MOST`. A handful of queries, however many."""
    claims = Claim.objects.select_related("line__invoice__application").order_by("-pk")
    items = list(
        InvoiceableItem.objects.filter(customer=customer, net__lt=0)
        .select_related("tax_category__entity", "charge")
        .prefetch_related("charge__refunds", Prefetch("claims", claims))
        .order_by("paid_at", "pk")[:MOST]
    )
    if not items:
        return []
    suggested = _suggestions(customer, at)
    later = _later(customer, items, suggested, at)
    return [
        Deficit(
            item=item,
            amount=item.deficit,
            refunds=list(item.charge.refunds.all()),
            invoices=_invoices(item),
            offsets=suggested.get(item.pk, ()),
            later=later[item.pk],
        )
        for item in items
    ]


def _invoices(item: InvoiceableItem) -> list[Invoice]:
    """The live invoices behind it, newest first: crediting them is the other way out."""
    live = {
        claim.line.invoice_id: claim.line.invoice
        for claim in item.claims.all()
        if claim.line.invoice.number and claim.line.invoice.status != Invoice.Status.CREDITED
    }
    return list(live.values())


def _suggestions(customer: CustomerAccount, at: datetime) -> dict[int, list[tuple[str, Decimal]]]:
    """What offsetting now would pair, by the item of the deficit: sources and amounts."""
    own = {item.pk: item for item in available_items(customer, at).filter(marketplace=False)}
    offset_key = policy_of(customer).offset_key
    suggested: dict[int, list[tuple[str, Decimal]]] = {}
    for pair in match(deficits(customer), [candidate(i) for i in own.values()], offset_key):
        suggested.setdefault(pair.deficit_id, []).append((own[pair.item_id].source, pair.amount))
    return suggested


def _later(
    customer: CustomerAccount,
    items: Sequence[InvoiceableItem],
    suggested: Mapping[int, Sequence[tuple[str, Decimal]]],
    at: datetime,
) -> dict[int, Decimal]:
    """What waits for each deficit that cannot be offset now, the oldest first, nothing twice."""
    waiting, by_item = _waiting(customer, at), {}
    for item in items:
        now = sum((amount for _source, amount in suggested.get(item.pk, ())), ZERO)
        part = min(waiting.get(item.tax_category_id, ZERO), item.deficit - now)
        by_item[item.pk] = part
        waiting[item.tax_category_id] = waiting.get(item.tax_category_id, ZERO) - part
    return by_item


def _waiting(customer: CustomerAccount, at: datetime) -> dict[int, Decimal]:
    """What is paid but not available yet, by tax category."""
    later = InvoiceableItem.objects.filter(
        customer=customer, net__gt=0, marketplace=False, available_at__gt=at
    )
    return dict(later.order_by().values_list("tax_category").annotate(sum=Sum("net")))


def offsets(customer: CustomerAccount) -> QuerySet[Offset]:
    """The newest live offsets of the customer, with both items."""
    live = Offset.objects.filter(item__customer=customer, undone_at=None)
    return live.select_related("item", "deficit_item", "application").order_by("-pk")[:MOST]
