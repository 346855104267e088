"""Keeping one invoiceable item per charge, as facts arrive from the ledger.

Called by the receivers, inside the ledger's transaction and under the customer's lock. Each
returns the ids of the customers concerned.
"""

from collections.abc import Iterable
from datetime import datetime

from invoicing.domain import profiles
from invoicing.domain.availability import Availability, Fact, availability
from invoicing.models import InvoiceableItem
from ledger.credit_queries import funded_at, in_debt, unfunded
from ledger.models import Charge, Product, Refund

ON_CREDIT = Availability(at=None, reason="credit_not_repaid")


def add_items(*, charge_ids: Iterable[int]) -> set[int]:
    """One item per charge (B06, B30), with the moment it becomes invoiceable under the profile."""
    charges = _charges(charge_ids)
    owing = in_debt(charge.customer_id for charge in charges)
    rows = [_item(charge, on_credit=charge.customer_id in owing) for charge in charges]
    InvoiceableItem.objects.bulk_create(rows)
    return {row.customer_id for row in rows}


def refresh_availability(*, charge_ids: Iterable[int]) -> set[int]:
    """Delivery and repaid credit decide when items become invoiceable: compute it again.

    Same profile version. What was paid on credit counts as paid when the credit is repaid.
    """
    charges = {charge.pk: charge for charge in _charges(charge_ids)}
    rows = list(InvoiceableItem.objects.filter(charge__in=charges).order_by("pk"))
    owed, funded = unfunded(charges), funded_at(charges)
    for row in rows:
        charge = charges[row.charge_id]
        found = ON_CREDIT
        if charge.pk not in owed:
            paid_at = max(charge.paid_at, funded.get(charge.pk, charge.paid_at))
            found = _availability(charge, row.profile, row.profile_version, paid_at)
        row.available_at, row.waiting_reason = found.at, found.reason
    InvoiceableItem.objects.bulk_update(rows, ["available_at", "waiting_reason"])
    return {row.customer_id for row in rows}


def take_refunds(*, refund_ids: Iterable[int]) -> set[int]:
    """A refund lowers the item's net: first what is open, then it is a deficit (D2, B31, A56)."""
    customers = set()
    for refund in Refund.objects.filter(pk__in=list(refund_ids)).order_by("charge_id"):
        item = InvoiceableItem.objects.select_for_update(no_key=True).get(charge=refund.charge_id)
        item.refunded += refund.amount
        if refund.reason == Refund.Reason.FAILED_DELIVERY:
            item.other_funds = 0  # every fund got back what it paid
        item.save(update_fields=["refunded", "other_funds"])
        customers.add(item.customer_id)
    return customers


def refresh_owed(*, refund_ids: Iterable[int]) -> set[int]:
    """A refund may cancel what a charge still owed on credit: the rest is paid then."""
    waiting = InvoiceableItem.objects.filter(
        charge__refunds__in=list(refund_ids), waiting_reason=ON_CREDIT.reason
    )
    return refresh_availability(charge_ids=waiting.values_list("charge_id", flat=True))


def _charges(charge_ids: Iterable[int]) -> list[Charge]:
    rows = Charge.objects.filter(pk__in=list(charge_ids)).select_related(
        "customer", "order", "bill_line__bill", "tax_category", "product"
    )
    return list(rows.order_by("pk"))


def _item(charge: Charge, *, on_credit: bool) -> InvoiceableItem:
    policy = profiles.get(charge.customer.profile)
    found = _availability(charge, policy.code, policy.version, charge.paid_at)
    if on_credit and charge.cash:
        found = ON_CREDIT  # judged again when the ledger has written which lots paid
    source, description = _named(charge)
    return InvoiceableItem(
        charge=charge,
        customer=charge.customer,
        entity_id=charge.tax_category.entity_id,
        tax_category=charge.tax_category,
        rate=charge.tax_category.rate,
        currency=charge.currency,
        source=source,
        description=description,
        mode=Product.Mode.PREPAID if charge.order else Product.Mode.POSTPAID,
        period=charge.period,
        paid_at=charge.paid_at,
        marketplace=_is_marketplace(charge),
        cash=charge.cash,
        other_funds=charge.amount - charge.cash,
        available_at=found.at,
        waiting_reason=found.reason,
        profile=policy.code,
        profile_version=policy.version,
    )


def _named(charge: Charge) -> tuple[str, str]:
    """The number of the order or bill, and what it was for."""
    if charge.order:
        return charge.order.number, charge.order.description
    assert charge.bill_line, "a charge is of an order or of a bill line"
    named = charge.product.name if charge.product else charge.tax_category.content
    return charge.bill_line.bill.number, named


def _is_marketplace(charge: Charge) -> bool:
    return bool(charge.product and charge.product.marketplace and not charge.product.self_operated)


def _availability(charge: Charge, profile: str, version: int, paid_at: datetime) -> Availability:
    order, line = charge.order, charge.bill_line
    fact = Fact(
        mode="postpaid" if line else "prepaid",
        paid_at=paid_at,
        delivered_at=order.delivered_at if order else paid_at,
        generated_at=line.bill.generated_at if line else None,
        marketplace=_is_marketplace(charge),
        tz=charge.customer.tz,
    )
    return availability(profiles.get(profile, version), fact)
