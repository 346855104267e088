"""Who sold something out of the marketplace, and answers for its invoice (A47, B12, K03, K16)."""

from collections.abc import Iterable

from invoicing.domain import profiles
from invoicing.domain.availability import provider_invoices
from invoicing.models import Invoice, InvoiceableItem


def sold_by_provider(item: InvoiceableItem) -> bool:
    """Whether the company of the item is a provider who invoices it itself.

    Needs `charge.product`, `entity` and `customer` loaded where many items are asked about.
    """
    product = item.charge.product
    if product is None or not item.marketplace or not item.entity.support_url:
        return False
    policy = profiles.get(item.profile, item.profile_version)
    sold_on = item.charge.paid_at.astimezone(item.customer.tz).date()
    routed = product.routes.filter(valid_from__lte=sold_on).exists()
    return provider_invoices(
        policy, self_operated=product.self_operated, sold_on=sold_on, routed=routed
    )


def items_of(invoice: Invoice) -> Iterable[InvoiceableItem]:
    """What the invoice is for."""
    items = InvoiceableItem.objects.filter(claims__line__invoice=invoice).distinct()
    return items.select_related("charge__product", "entity", "customer")


def is_of_provider(invoice: Invoice) -> bool:
    """Whether its provider, and not we, takes the invoice back."""
    return bool(invoice.entity.support_url) and any(map(sold_by_provider, items_of(invoice)))
