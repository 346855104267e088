"""Funds as lots: what came in together is spent in order, and each cent can be followed.

The books know balances; lots say what a balance consists of. After every movement the lots of a
fund sum to its balance (to zero while credit is used); the audit proves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.models import Charge, InvoicingEntity, LedgerAccount, Lot, LotUse, Product, Transfer
from ledger.queries import fund_balances, spending_order

CASH = LedgerAccount.Bucket.CASH
Take = tuple[Lot, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How a purchase is paid: `parts` per fund sum to its amount, `takes` say out of which lots.

    Cash beyond the lots is credit: then `takes` are less than the cash part.
    """

    parts: Mapping[str, Decimal]
    takes: tuple[Take, ...]


def usable(lot: Lot, at: datetime, product_id: int | None, entity_id: int) -> bool:
    """Whether the lot may pay for this purchase: not expired, and within its scope."""
    return (
        (lot.expires_at is None or lot.expires_at > at)
        and lot.product_id in (None, product_id)
        and lot.entity_id in (None, entity_id)
    )


class Purse:
    """A customer's money while something is being paid, under the customer's lock.

    `draw` plans payments one after the other, `record` writes down what was taken. Nothing is
    written before `record`, so a bill that turns out too large leaves no trace.
    """

    def __init__(self, customer: CustomerAccount, at: datetime) -> None:
        self.customer, self.at = customer, at
        held = Lot.objects.filter(
            customer=customer, currency=customer.currency, remaining__gt=0
        ).order_by(F("expires_at").asc(nulls_last=True), "received_at", "pk")
        self.lots = list(held.select_for_update(no_key=True, of=("self",)))
        self.credit = fund_balances(customer)[CASH] - sum(
            (lot.remaining for lot in self.lots if lot.fund == CASH), ZERO
        )
        self.credit += customer.credit_limit  # negative balance eats into the limit

    def draw(self, amount: Decimal, *, product_id: int | None, entity_id: int) -> Payment:
        """Plan the payment of `amount` in the profile's order of funds, first expiring first.

        Raises `insufficient_balance` and plans nothing.
        """
        parts: dict[str, Decimal] = {}
        takes: list[Take] = []
        left = amount
        for fund in spending_order(self.customer):
            for lot in self.lots:
                if lot.fund != fund or not usable(lot, self.at, product_id, entity_id):
                    continue
                if part := min(left, lot.remaining - sum(t for x, t in takes if x is lot)):
                    takes.append((lot, part))
                    parts[fund] = parts.get(fund, ZERO) + part
                    left -= part
        if left > max(self.credit, ZERO):
            raise DomainError("insufficient_balance", balance=amount - left, needed=amount)
        if left:
            parts[CASH] = parts.get(CASH, ZERO) + left
            self.credit -= left
        for lot, part in takes:
            lot.remaining -= part
        return Payment(parts=parts, takes=tuple(takes))

    def record(self, payments: Mapping[Charge, Payment], transfer: Transfer) -> None:
        """Write down which lots paid for which charges of `transfer`."""
        uses = [
            LotUse(lot=lot, charge=charge, transfer=transfer, amount=part)
            for charge, payment in payments.items()
            for lot, part in payment.takes
        ]
        LotUse.objects.bulk_create(uses)
        Lot.objects.bulk_update({use.lot for use in uses}, ["remaining"])


def receive(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    transfer: Transfer,
    at: datetime,
    expires_at: datetime | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> Lot:
    """A new lot of `amount`, after `transfer` posted it. What repays credit is used at once."""
    missing = _missing(customer, fund)
    lot = Lot.objects.create(
        customer=customer,
        fund=fund,
        currency=customer.currency,
        amount=amount,
        remaining=min(amount, max(missing, ZERO)),
        source=transfer,
        received_at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
    if lot.remaining < amount:
        LotUse.objects.create(lot=lot, transfer=transfer, amount=amount - lot.remaining)
    return lot


def release(*, customer: CustomerAccount, fund: str, transfer: Transfer, at: datetime) -> None:
    """After `transfer` took money out of `fund` for no charge: take it from the oldest lots."""
    surplus = -_missing(customer, fund)
    lots = Lot.objects.filter(
        customer=customer, fund=fund, currency=customer.currency, remaining__gt=0
    ).order_by(F("expires_at").asc(nulls_last=True), "received_at", "pk")
    for lot in lots:
        if part := min(surplus, lot.remaining):
            _use(lot, part, transfer)
            surplus -= part


def give_back(*, charge: Charge, fund: str, transfer: Transfer, at: datetime) -> None:
    """After `transfer` returned money of `charge` to `fund`: back into the lots it came from.

    The lot used last is refilled first. What no lot of the charge can take (it was paid on
    credit) becomes a lot of its own.
    """
    missing = _missing(charge.customer, fund)
    used = (
        LotUse.objects.filter(charge=charge, lot__fund=fund)
        .values("lot")
        .annotate(taken=Sum("amount"))
        .order_by("-lot")
    )
    for row in used:
        if part := min(missing, row["taken"]):
            _use(Lot.objects.get(pk=row["lot"]), -part, transfer, charge)
            missing -= part
    if missing > 0:
        receive(customer=charge.customer, fund=fund, amount=missing, transfer=transfer, at=at)


def _use(lot: Lot, amount: Decimal, transfer: Transfer, charge: Charge | None = None) -> None:
    LotUse.objects.create(lot=lot, charge=charge, transfer=transfer, amount=amount)
    lot.remaining -= amount
    lot.save(update_fields=["remaining"])


def _missing(customer: CustomerAccount, fund: str) -> Decimal:
    """By how much the lots of a fund fall short of its balance (negative: exceed it)."""
    lots = Lot.objects.filter(customer=customer, fund=fund, currency=customer.currency)
    held = lots.filter(remaining__gt=0).aggregate(sum=Sum("remaining", default=ZERO))["sum"]
    return max(fund_balances(customer)[fund], ZERO) - held


def expiring_before(at: datetime) -> Q:
    """Lots with something left whose time is over at `at`."""
    return Q(remaining__gt=0, expires_at__lte=at)
