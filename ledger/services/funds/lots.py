"""Funds as lots: what came in together is spent in order, and each cent can be followed.

The books know balances; lots say what a balance consists of. After every movement the lots of a
fund sum to its balance (to zero while credit is used); the audit proves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from ledger.domain import charging
from ledger.domain.charging import Need
from ledger.models import Charge, Entry, InvoicingEntity, LedgerAccount, Lot, LotUse, Product
from ledger.queries.balances import fund_balances, spending_order
from ledger.queries.credit import unfunded
from ledger.signals import charge_credit_changed

CASH = LedgerAccount.Bucket.CASH
IN_ORDER = (F("expires_at").asc(nulls_last=True), "received_at", "pk")
Take = tuple[Lot, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How a purchase is paid: `parts` per fund sum to its amount, `takes` say out of which lots.

    Cash beyond the lots is `credit`: then `takes` are less than the cash part.
    """

    parts: Mapping[str, Decimal]
    takes: tuple[Take, ...]
    credit: Decimal = ZERO


def value(lot: Lot) -> charging.Held:
    """The lot as the pure rules see it."""
    return charging.Held(
        key=lot.pk,
        fund=lot.fund,
        remaining=lot.remaining,
        received_at=lot.received_at,
        expires_at=lot.expires_at,
        product_id=lot.product_id,
        entity_id=lot.entity_id,
    )


class SpendableFunds:
    """A customer's money while something is being paid, under the customer's lock.

    `draw` plans payments one after the other, `record` writes down what was taken. Nothing is
    written before `record`, so a bill that turns out too large leaves no trace.
    """

    def __init__(
        self,
        customer: CustomerAccount,
        at: datetime,
        held: Iterable[Lot] | None = None,
        balance: Decimal | None = None,
    ) -> None:
        """`held` and `balance` (of cash) are read here unless they were read for many at once."""
        self.customer, self.at = customer, at
        if held is None:
            held = _held([customer])
        if balance is None:
            balance = fund_balances(customer)[CASH]
        self.lots = {lot.pk: lot for lot in held}
        cash = sum((lot.remaining for lot in self.lots.values() if lot.fund == CASH), ZERO)
        # A negative balance eats into the limit; lots are what is left of a positive one.
        self.credit = balance - cash + customer.credit_limit

    def draw(self, amount: Decimal, *, product_id: int | None, entity_id: int) -> Payment:
        """Plan the payment of one amount. Raises `insufficient_balance` and plans nothing."""
        need = Need(amount=amount, product_id=product_id, entity_id=entity_id)
        return self.draw_all([need])[0]

    def draw_all(self, needs: Sequence[Need]) -> list[Payment]:
        """Plan several payments, all or none (`charging.draw` has the rules)."""
        plans = charging.draw(
            needs,
            map(value, self.lots.values()),
            order=spending_order(self.customer),
            at=self.at,
            credit=self.credit,
        )
        payments = []
        for plan in plans:
            takes = tuple((self.lots[key], part) for key, part in plan.takes)
            for lot, part in takes:
                lot.remaining -= part
            self.credit -= plan.credit
            payments.append(Payment(parts=plan.parts, takes=takes, credit=plan.credit))
        return payments

    def draw_covered(self, needs: Sequence[Need]) -> list[Payment]:
        """Plan payments in order, up to the first need that the money does not cover."""
        with suppress(DomainError):
            return self.draw_all(needs)
        payments: list[Payment] = []
        with suppress(DomainError):
            for need in needs:
                payments += self.draw_all([need])
        return payments

    def record(self, payments: Mapping[Charge, Payment], transfer_id: int) -> None:
        """Write down which lots paid for which charges of the transfer, and tell what is owed."""
        uses = [
            LotUse(lot=lot, charge=charge, transfer_id=transfer_id, amount=part)
            for charge, payment in payments.items()
            for lot, part in payment.takes
        ]
        LotUse.objects.bulk_create(uses)
        Lot.objects.bulk_update({use.lot for use in uses}, ["remaining"])
        if any(payment.credit for payment in payments.values()):
            ids = [charge.pk for charge in payments]
            charge_credit_changed.send(Charge, charge_ids=ids, at=self.at)


def _held(customers: Iterable[CustomerAccount]) -> QuerySet[Lot]:
    """What the customers can spend, locked."""
    owners: dict[str, list[int]] = {}
    for customer in customers:
        owners.setdefault(customer.currency, []).append(customer.pk)
    own = Q(pk__in=())
    for currency, ids in owners.items():
        own |= Q(currency=currency, customer__in=ids)
    held = Lot.objects.filter(own, remaining__gt=0).order_by("customer_id", *IN_ORDER)
    return held.select_for_update(no_key=True, of=("self",))


def spendable_funds(
    customers: Iterable[CustomerAccount], at: datetime
) -> dict[int, SpendableFunds]:
    """What many customers can spend, by their key, in two queries."""
    owners = list(customers)
    held: dict[int, list[Lot]] = {owner.pk: [] for owner in owners}
    for lot in _held(owners):
        held[lot.customer_id].append(lot)
    accounts = LedgerAccount.objects.filter(
        customer__in=list(held), bucket=CASH, currency=F("customer__currency")
    )
    cash = dict(accounts.values_list("customer_id", "balance"))
    return {
        owner.pk: SpendableFunds(owner, at, held[owner.pk], cash.get(owner.pk, ZERO))
        for owner in owners
    }


def receive(
    *,
    customer: CustomerAccount,
    fund: str,
    amount: Decimal,
    transfer_id: int,
    at: datetime,
    expires_at: datetime | None = None,
    product: Product | None = None,
    entity: InvoicingEntity | None = None,
) -> Lot:
    """A new lot of `amount`, after its transfer was posted. What repays credit is used at once."""
    lot = Lot.objects.create(
        customer=customer,
        fund=fund,
        currency=customer.currency,
        amount=amount,
        remaining=amount,
        source_id=transfer_id,
        received_at=at,
        expires_at=expires_at,
        product=product,
        entity=entity,
    )
    if fund == CASH:
        repay_credit(customer, transfer_id, at)
        lot.refresh_from_db(fields=["remaining"])
    return lot


def release(
    *,
    customer: CustomerAccount,
    fund: str,
    transfer_id: int,
    at: datetime,
    first_id: int | None = None,
) -> None:
    """After a transfer took money out of `fund` for no charge: take it from the oldest lots.

    `first_id`: the transfer whose own lot is taken before the others.
    """
    surplus = -_missing(customer, fund)
    lots = Lot.objects.filter(
        customer=customer, fund=fund, currency=customer.currency, remaining__gt=0
    ).order_by(*IN_ORDER)
    for lot in sorted(lots, key=lambda lot: lot.source_id != first_id):
        if part := min(surplus, lot.remaining):
            use_lot(lot, part, transfer_id)
            surplus -= part


def give_back(*, charge: Charge, fund: str, transfer_id: int, at: datetime) -> None:
    """After a transfer returned money of `charge` to `fund`: back into the lots it came from.

    Called after the refund is written on the charge. What the charge still owed on credit is
    simply owed no longer; then the lot used last is refilled first. Cash so returned repays what
    other charges owe. What no lot can take becomes a lot of its own.
    """
    used = list(
        LotUse.objects.filter(charge=charge, lot__fund=fund)
        .values("lot")
        .annotate(taken=Sum("amount"))
        .order_by("-lot")
    )
    if fund == CASH:  # what lots paid beyond the cash that the charge still stands for
        back = sum((row["taken"] for row in used), ZERO) + charge.refunded - charge.cash
    else:
        back = Entry.objects.get(transfer_id=transfer_id, account__bucket=fund).amount
    for row in used:
        if (part := min(back, row["taken"])) > 0:
            use_lot(Lot.objects.get(pk=row["lot"]), -part, transfer_id, charge)
            back -= part
    if back > 0:
        receive(customer=charge.customer, fund=fund, amount=back, transfer_id=transfer_id, at=at)
    elif fund == CASH:
        repay_credit(charge.customer, transfer_id, at)


def repay_credit(customer: CustomerAccount, transfer_id: int, at: datetime) -> None:
    """After a transfer brought cash into lots: what the balance lacks repays credit.

    The charges that credit paid are paid by these lots now.

    Oldest charge first. Debt that no charge made (a reversed recharge) is repaid last.
    """
    excess = -_missing(customer, CASH)
    if excess <= 0:
        return
    owing = _owing(customer, transfer_id)
    lots = Lot.objects.filter(
        customer=customer, fund=CASH, currency=customer.currency, remaining__gt=0
    ).order_by(*IN_ORDER)
    debts: list[tuple[Charge | None, Decimal]] = [*owing, (None, excess)]
    for lot in lots:
        while excess and lot.remaining:
            charge, debt = debts.pop(0)
            part = min(lot.remaining, excess, debt)
            use_lot(lot, part, transfer_id, charge)
            excess -= part
            if debt > part:
                debts.insert(0, (charge, debt - part))
    if owing:
        ids = [charge.pk for charge, _debt in owing]
        charge_credit_changed.send(Charge, charge_ids=ids, at=at)


def _owing(customer: CustomerAccount, transfer_id: int) -> list[tuple[Charge, Decimal]]:
    """Charges with cash that no lot paid yet, oldest first, each with how much.

    They all were paid since the balance was last not negative, before the transfer.
    """
    entries = Entry.objects.filter(
        account__customer=customer,
        account__bucket=CASH,
        account__currency=customer.currency,
        transfer__lt=transfer_id,
    )
    last = entries.filter(balance_after__gte=0).order_by("-version").first()
    since = entries.filter(version__gt=last.version if last else 0)
    charges = Charge.objects.filter(transfer__in=since.values("transfer")).order_by("pk")
    owed = unfunded([charge.pk for charge in charges])
    return [(charge, owed[charge.pk]) for charge in charges if charge.pk in owed]


def use_lot(lot: Lot, amount: Decimal, transfer_id: int, charge: Charge | None = None) -> None:
    """Take `amount` out of the lot (negative: put it back), for `charge` if it paid one."""
    LotUse.objects.create(lot=lot, charge=charge, transfer_id=transfer_id, amount=amount)
    lot.remaining -= amount
    lot.save(update_fields=["remaining"])


def _missing(customer: CustomerAccount, fund: str) -> Decimal:
    """By how much the lots of a fund fall short of its balance (negative: exceed it)."""
    lots = Lot.objects.filter(customer=customer, fund=fund, currency=customer.currency)
    held = lots.filter(remaining__gt=0).aggregate(sum=Sum("remaining", default=ZERO))["sum"]
    return max(fund_balances(customer)[fund], ZERO) - held
