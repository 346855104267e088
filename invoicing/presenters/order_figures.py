"""What a decision about an order does to invoices: it stands on the same page as the money (B31, B38, C23)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from finance_console.kernel.money import ZERO
from invoicing.models import InvoiceableItem
from invoicing.queries.open_sums import open_sums
from invoicing.queries.planning import deficit_items
from ledger.models import Order
from ledger.ports.figures import Figure
from ledger.queries.balances import withdrawable


def figures(order: Order, at: datetime) -> Sequence[Figure]:
    """Of whoever may ask for the invoice: what is open, applied for, owed, and held back for that."""
    item = InvoiceableItem.objects.select_related("customer").get(charge=order.charge)
    owner, whose = item.customer, item.customer.name
    owed = deficit_items(owner).order_by().aggregate(sum=Sum("net", default=ZERO))["sum"]
    return [
        Figure(
            whose=whose,
            words=_("Can be invoiced"),
            amount=sum(open_sums((owner,), at).values(), ZERO),
            always=True,
        ),
        Figure(
            whose=whose,
            words=_("Applied for, of this order"),
            amount=item.reserved,
            falls=_(
                "A pending application asks for more than stays: it is cancelled, and the customer "
                "is told to apply again for the rest."
            ),
        ),
        Figure(
            whose=whose,
            words=_("Offset against refunds of this order"),
            amount=item.offset_received,
            rises=_(
                "Open consumption of the same tax category is offset against the refund at once."
            ),
        ),
        Figure(
            whose=whose,
            words=_("Deficits"),
            amount=-owed,
            always=True,
            rises=_(
                "A deficit opens or grows: more is invoiced or applied for than stays consumed. It "
                "ends when new consumption of the same tax category is offset, or the invoice credited."
            ),
        ),
        Figure(
            whose=whose,
            words=_("Held back until deficits end"),
            amount=withdrawable(owner).held,
            rises=_("Until then this much cash cannot be withdrawn."),
        ),
    ]
