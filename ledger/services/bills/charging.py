"""Recording charges: what was consumed, and which fund paid each cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import CustomerAccount
from ledger.models import BillLine, Charge, ChargeFunding, LedgerAccount, Order, Product
from ledger.signals import charge_recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharge:
    """A consumption just paid: exactly one of `order` and `bill_line`; `funding` sums to it."""

    order: Order | None = None
    bill_line: BillLine | None = None
    period: str
    funding: Mapping[str, Decimal]


def earned_bucket(product: Product | None) -> str:
    """Where delivered consumption of `product` is earned: our revenue, or payable to a marketplace provider."""
    sold_for_another = product is not None and product.marketplace and not product.self_operated
    return LedgerAccount.Bucket.PAYABLE if sold_for_another else LedgerAccount.Bucket.REVENUE


def held_bucket(charge: Charge) -> str:
    """Where the money of a charge is now: deferred until its order is delivered, then earned."""
    pending = charge.order is not None and charge.order.status == Order.Status.PAID
    return LedgerAccount.Bucket.DEFERRED if pending else earned_bucket(charge.product)


def record_charges(
    *,
    customer: CustomerAccount,
    transfer_id: int,
    currency: str,
    charges: Sequence[NewCharge],
    at: datetime,
) -> list[Charge]:
    """Write the charges of one payment with their funding and tell the listeners.

    Runs in the caller's transaction, under the lock of `customer` (who paid).
    """
    rows = Charge.objects.bulk_create(
        Charge(
            customer=customer,
            order=new.order,
            bill_line=new.bill_line,
            tax_category_id=source.tax_category_id,
            product_id=source.product_id,
            amount=sum(new.funding.values(), Decimal(0)),
            cash=new.funding.get(LedgerAccount.Bucket.CASH, Decimal(0)),
            currency=currency,
            period=new.period,
            paid_at=at,
            transfer_id=transfer_id,
        )
        for new in charges
        if (source := new.order or new.bill_line)
    )
    ChargeFunding.objects.bulk_create(
        ChargeFunding(charge=row, fund=fund, amount=amount)
        for row, new in zip(rows, charges, strict=True)
        for fund, amount in new.funding.items()
        if amount
    )
    charge_recorded.send(Charge, charge_ids=[row.pk for row in rows], at=at)
    return rows
