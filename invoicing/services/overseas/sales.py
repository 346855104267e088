"""What a proforma can be of: a bill, or a prepaid order. Amounts are what is paid in money, nothing given back."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from accounts.models import CustomerAccount
from ledger.models import Bill, InvoicingEntity, Order

Lines = dict[InvoicingEntity, list[tuple[str, Decimal]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was sold to a customer: a description and an amount a line, by selling company.

    `key` is the column of a proforma that names it, `mark` its part of the proforma's number.
    """

    customer: CustomerAccount
    key: dict[str, Any]
    mark: str
    number: str
    period: str
    currency: str
    lines: Lines = field(default_factory=lambda: defaultdict(list))


def sale_of(sold: Bill | Order) -> Sale:
    """The bill, or the order, as a proforma says it."""
    return _of_bill(sold) if isinstance(sold, Bill) else _of_order(sold)


def _of_bill(bill: Bill) -> Sale:
    sale = Sale(
        customer=bill.customer,
        key={"bill": bill},
        mark=f"{bill.pk:06d}",
        number=bill.number,
        period=bill.period,
        currency=bill.total.currency.code,
    )
    lines = bill.lines.filter(payable__gt=0).select_related("tax_category__entity", "product")
    for line in lines.order_by("tax_category__entity", "-payable", "pk"):
        words = line.product.name if line.product else line.tax_category.content
        sale.lines[line.tax_category.entity].append((words, line.payable))
    return sale


def _of_order(order: Order) -> Sale:
    charge = order.charge
    sale = Sale(
        customer=order.payer,
        key={"order": order},
        mark=f"O{order.pk:06d}",
        number=order.number,
        period=charge.period,
        currency=charge.currency,
    )
    paid = charge.cash - charge.refunded
    if paid > 0:
        words = order.description or (
            order.product.name if order.product else order.tax_category.content
        )
        sale.lines[order.tax_category.entity].append((words, paid))
    return sale
