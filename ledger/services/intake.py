"""Charges that come in by the thousand: billed and settled, a statement per step however many.

Each row is a direct bill, exactly as `settling.raise_bill` would raise it one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, round_money
from ledger.domain.charging import Need
from ledger.models import (
    Bill,
    BillLine,
    Charge,
    ChargeFunding,
    LedgerAccount,
    Lot,
    LotUse,
    Product,
    TaxCategory,
    Transfer,
)
from ledger.services.catalogue import sold_under
from ledger.services.charge import earned_bucket
from ledger.services.funds import Payment, purses
from ledger.services.posting import NewTransfer, payment_legs, post_batch
from ledger.signals import charge_credit_changed, charge_recorded

CASH = LedgerAccount.Bucket.CASH


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """One amount to bill (tax-inclusive, in the customer's currency). `number` makes it count once."""

    number: str
    customer_id: int
    amount: Decimal
    product: Product | None = None
    tax_category: TaxCategory | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A bill that can be settled, and what with."""

    line: BillLine
    payment: Payment


@transaction.atomic
def record_charges_in_batch(*, rows: Sequence[NewBill], at: datetime) -> list[Bill]:
    """Raise a direct bill per row and settle what the balances cover; the bills, in order.

    All rows or none, idempotent row by row. A customer's rows are settled in order until one is
    not covered; who owes an older bill settles nothing here (D8).
    Raises `invalid_amount`, `account_closed`, `not_found`, and `reference_conflict`, also for a
    number that comes twice.
    """
    customers = lock_customers({row.customer_id for row in rows})
    _check(rows, customers)
    known = _known(rows)
    new = [row for row in rows if row.number not in known]
    lines = _write(new, customers, at)
    settled = _settleable(lines, customers, at)
    if settled:
        _settle(settled, customers, at)
    made = {line.bill.number: line.bill for line in lines}
    return [known.get(row.number) or made[row.number] for row in rows]


def _check(rows: Sequence[NewBill], customers: Mapping[int, CustomerAccount]) -> None:
    for customer in customers.values():
        require_open(customer)
    seen: set[str] = set()
    for row in rows:
        currency = customers[row.customer_id].currency
        if row.amount <= 0 or row.amount != round_money(row.amount, currency):
            raise DomainError("invalid_amount", amount=row.amount, currency=currency)
        if row.number in seen:
            raise DomainError("reference_conflict", reference=row.number)
        seen.add(row.number)


def _known(rows: Sequence[NewBill]) -> dict[str, Bill]:
    """The bills that were raised before, with the same content."""
    found = Bill.objects.filter(number__in=[row.number for row in rows])
    known = {bill.number: bill for bill in found}
    for row in rows:
        bill = known.get(row.number)
        if bill and (bill.customer_id, bill.total.amount) != (row.customer_id, row.amount):
            raise DomainError("reference_conflict", reference=row.number)
    return known


def _write(
    rows: Sequence[NewBill], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[BillLine]:
    """The bills and their lines, unsettled."""
    bills = Bill.objects.bulk_create(
        Bill(
            number=row.number,
            customer=customers[row.customer_id],
            kind=Bill.Kind.DIRECT,
            period=month_of(at, customers[row.customer_id].tz),
            total=Money(row.amount, customers[row.customer_id].currency),
            generated_at=at,
        )
        for row in rows
    )
    return BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            tax_category=sold_under(
                row.product, row.tax_category, at.astimezone(bill.customer.tz).date()
            ),
            product=row.product,
            exact=row.amount,
            amount=row.amount,
            rounding=ZERO,
            payable=row.amount,
        )
        for bill, row in zip(bills, rows, strict=True)
    )


def _settleable(
    lines: Sequence[BillLine], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[Settled]:
    """The lines that the customers' funds cover, in order, with their payments."""
    own = {line.bill_id for line in lines}
    owing = Bill.objects.filter(customer__in=customers, status=Bill.Status.UNSETTLED)
    stopped = set(owing.exclude(pk__in=own).values_list("customer_id", flat=True))
    owners = {line.bill.customer_id for line in lines} - stopped
    open_purses = purses((customers[owner] for owner in sorted(owners)), at)
    settled = []
    for line in lines:
        owner = line.bill.customer_id
        if owner in stopped:
            continue
        need = Need(
            amount=line.payable, product_id=line.product_id, entity_id=line.tax_category.entity_id
        )
        try:
            settled.append(Settled(line, open_purses[owner].draw_all([need])[0]))
        except DomainError:
            stopped.add(owner)
    return settled


def _settle(
    settled: Sequence[Settled], customers: Mapping[int, CustomerAccount], at: datetime
) -> None:
    transfers = post_batch(
        [
            NewTransfer(
                customer=customers[one.line.bill.customer_id],
                reference=f"bill:{one.line.bill.number}",
                kind=Transfer.Kind.BILL,
                legs=payment_legs(
                    one.payment.parts, earned_bucket(one.line), one.line.tax_category.entity_id
                ),
                currency=one.line.bill.total.currency.code,
                at=at,
            )
            for one in settled
        ]
    )
    by_id = Transfer.objects.in_bulk([transfer_id for transfer_id, _created in transfers])
    bills = []
    for one, (transfer_id, _created) in zip(settled, transfers, strict=True):
        one.line.bill.settle(at=at, transfer=by_id[transfer_id])
        bills.append(one.line.bill)
    Bill.objects.bulk_update(bills, ["status", "settled_at", "transfer"], batch_size=1000)
    charges = _charge(settled, at)
    _use_lots(settled, charges)
    ids = [charge.pk for charge in charges]
    charge_recorded.send(Charge, charge_ids=ids, at=at)
    if any(one.payment.credit for one in settled):
        charge_credit_changed.send(Charge, charge_ids=ids, at=at)


def _charge(settled: Sequence[Settled], at: datetime) -> list[Charge]:
    charges = Charge.objects.bulk_create(
        Charge(
            customer_id=one.line.bill.customer_id,
            bill_line=one.line,
            tax_category_id=one.line.tax_category_id,
            product_id=one.line.product_id,
            amount=one.line.payable,
            cash=one.payment.parts.get(CASH, ZERO),
            currency=one.line.bill.total.currency.code,
            period=one.line.bill.period,
            paid_at=at,
            transfer=one.line.bill.transfer,
        )
        for one in settled
    )
    ChargeFunding.objects.bulk_create(
        ChargeFunding(charge=charge, fund=fund, amount=amount)
        for charge, one in zip(charges, settled, strict=True)
        for fund, amount in one.payment.parts.items()
    )
    return charges


def _use_lots(settled: Sequence[Settled], charges: Iterable[Charge]) -> None:
    used: dict[int, Lot] = {}
    uses = []
    for charge, one in zip(charges, settled, strict=True):
        for lot, part in one.payment.takes:
            used[lot.pk] = lot
            uses.append(LotUse(lot=lot, charge=charge, transfer_id=charge.transfer_id, amount=part))
    LotUse.objects.bulk_create(uses)
    Lot.objects.bulk_update(used.values(), ["remaining"], batch_size=1000)
