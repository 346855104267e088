"""What is open to be invoiced, summed, without reading what is open."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, Sum

from accounts.models import CustomerAccount
from invoicing.models import InvoiceableItem, ItemTally
from invoicing.models.item import NET
from invoicing.queries.statements import held, later_items


def open_sums(
    customers: Sequence[CustomerAccount], at: datetime
) -> dict[tuple[int, bool], Decimal]:
    """What is open at `at` per tax key, apart for the marketplace; only where something is.

    Nothing of a closed account: it has `lapsed` (D13).
    """
    return _sums([customer for customer in customers if not customer.is_closed], at)


def lapsed(customer: CustomerAccount, at: datetime) -> dict[tuple[int, bool], Decimal]:
    """What would be open of a closed account, as `open_sums` has it; nothing of any other (D13, A58)."""
    return _sums([customer], at) if customer.is_closed else {}


def _sums(customers: Sequence[CustomerAccount], at: datetime) -> dict[tuple[int, bool], Decimal]:
    """Everything (the tallies), less what is overdrawn and less what is not available yet: few rows,
    however many are open. What goes with a statement that is still to come is not available yet.
    """
    if not customers:
        return {}
    items = InvoiceableItem.objects.filter(customer__in=customers)
    later = items.filter(Q(available_at=None) | Q(available_at__gt=at), net__gt=0)
    sums: dict[tuple[int, bool], Decimal] = defaultdict(Decimal)
    for rows, net, sign in (
        (ItemTally.objects.filter(customer__in=customers), NET, 1),
        (items.filter(net__lt=0), F("net"), -1),
        (later, F("net"), -1),
    ):
        sums_by_key = (
            rows.order_by().values_list("tax_category", "marketplace").annotate(sum=Sum(net))
        )
        for key, market, amount in sums_by_key:
            sums[key, market] += sign * amount
    for item in held(later_items(customers).values(), at):
        if item.available_at <= at:
            sums[item.category_id, item.marketplace] -= item.amount
    return {key: amount for key, amount in sums.items() if amount}
