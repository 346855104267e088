"""Charges that come in by the thousand: billed and settled, a statement per step however many.

Each row is a direct bill, exactly as `settling.raise_bill` would raise it one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import CustomerAccount
from accounts.services.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, round_money
from ledger.domain.charging import Need
from ledger.models import Bill, Charge, LedgerAccount, Product, TaxCategory, Transfer
from ledger.services.catalogue import Routes
from ledger.services.charge import earned_by
from ledger.services.funds import Payment, purses
from ledger.services.posting import NewTransfer, array, payment_legs, post_batch
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


class Raised(NamedTuple):
    """A bill that was raised, now or before: its primary key, and its status now."""

    pk: int
    status: str


class Line(NamedTuple):
    """A new bill and its one line, as written, and what it is for."""

    row: NewBill
    bill_id: int
    line_id: int
    tax_category_id: int
    entity_id: int


class Settled(NamedTuple):
    """A line that the customer's funds cover, and what with."""

    line: Line
    payment: Payment


@transaction.atomic
def record_charges_in_batch(*, rows: Sequence[NewBill], at: datetime) -> list[Raised]:
    """Raise a direct bill per row and settle what the balances cover; the bills, in order.

    All rows or none, idempotent row by row. A customer's rows are settled in order until one is
    not covered; who owes an older bill settles nothing here (D8).
    Raises `invalid_amount`, `account_closed`, `not_found`, and `reference_conflict`, also for a
    number that comes twice.
    """
    customers = lock_customers({row.customer_id for row in rows})
    _check(rows, customers)
    raised = _known(rows)
    lines = _write([row for row in rows if row.number not in raised], customers, at)
    settled = _settleable(lines, customers, at)
    if settled:
        _settle(settled, customers, at)
    paid = {one.line.bill_id for one in settled}
    for line in lines:
        status = Bill.Status.SETTLED if line.bill_id in paid else Bill.Status.UNSETTLED
        raised[line.row.number] = Raised(line.bill_id, status.value)
    return [raised[row.number] for row in rows]


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


def _known(rows: Sequence[NewBill]) -> dict[str, Raised]:
    """The bills that were raised before, with the same content."""
    with connection.cursor() as cursor:  # an array is read much faster than a thousand parameters
        cursor.execute(
            "SELECT number, customer_id, total, id, status FROM ledger_bill WHERE number = ANY (%s)",
            [[row.number for row in rows]],
        )
        found = cursor.fetchall()
    content = {row.number: (row.customer_id, row.amount) for row in rows}
    for number, customer_id, total, _pk, _status in found:
        if content[number] != (customer_id, total):
            raise DomainError("reference_conflict", reference=number)
    return {number: Raised(pk, status) for number, _owner, _total, pk, status in found}


WRITE = """
WITH given AS (
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::numeric[], %s::bigint[], %s::bigint[])
        WITH ORDINALITY AS g (number, customer, amount, key, product, n)),
owner AS (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS o (id, period, currency)),
bill AS (
    INSERT INTO ledger_bill
        (number, customer_id, kind, period, total, currency, status, generated_at)
    SELECT g.number, g.customer, 'direct', o.period, g.amount, o.currency, 'unsettled', %s
    FROM given g JOIN owner o ON o.id = g.customer ORDER BY g.n
    RETURNING id, number),
line AS (
    INSERT INTO ledger_billline
        (bill_id, tax_category_id, product_id, exact, amount, rounding, credit, payable)
    SELECT bill.id, g.key, g.product, g.amount, g.amount, 0, 0, g.amount
    FROM bill JOIN given g USING (number) ORDER BY g.n
    RETURNING id, bill_id)
SELECT line.bill_id, line.id FROM line ORDER BY line.id
"""


def _write(
    rows: Sequence[NewBill], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[Line]:
    """The bills and their lines, unsettled, in order."""
    keys = _tax_keys(rows, customers, at)
    entities = dict(TaxCategory.objects.filter(pk__in=keys).values_list("pk", "entity_id"))
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                [row.number for row in rows],
                array(row.customer_id for row in rows),
                array(row.amount for row in rows),
                array(keys),
                array(row.product.pk if row.product else "null" for row in rows),
                array(customers),
                array(month_of(at, customer.tz) for customer in customers.values()),
                array(customer.currency for customer in customers.values()),
                at,
            ],
        )
        written = cursor.fetchall()
    return [
        Line(row, bill_id, line_id, key, entities[key])
        for row, (bill_id, line_id), key in zip(rows, written, keys, strict=True)
    ]


def _tax_keys(
    rows: Sequence[NewBill], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[int]:
    """The tax key of each row, by primary key: its product decides where one is named."""
    routes = Routes(row.product for row in rows if row.product)
    keys = []
    for row in rows:
        if row.product:
            keys.append(routes.key_id(row.product.pk, at, customers[row.customer_id].tz))
        elif row.tax_category:
            keys.append(row.tax_category.pk)
        else:
            raise ValueError("A sale names a product or a tax key.")
    return keys


def _settleable(
    lines: Sequence[Line], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[Settled]:
    """The lines that the customers' funds cover, in order, with their payments."""
    own = {line.bill_id for line in lines}
    owing = Bill.objects.filter(customer__in=customers, status=Bill.Status.UNSETTLED)
    bills = owing.values_list("customer_id", "pk")
    stopped = {customer_id for customer_id, bill_id in bills if bill_id not in own}
    needed: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.row.customer_id not in stopped:
            needed[line.row.customer_id].append(line)
    settled: list[Settled] = []
    for owner, purse in purses((customers[pk] for pk in sorted(needed)), at).items():
        payments = purse.draw_covered([_need(line) for line in needed[owner]])
        settled += map(Settled, needed[owner], payments)
    return sorted(settled, key=lambda one: one.line.bill_id)


def _need(line: Line) -> Need:
    product = line.row.product
    return Need(
        amount=line.row.amount,
        product_id=product.pk if product else None,
        entity_id=line.entity_id,
    )


CHARGE = """
WITH paid AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
        WITH ORDINALITY AS p (bill, line, transfer, cash, n)),
settled AS (
    UPDATE ledger_bill b SET status = 'settled', settled_at = %s, transfer_id = paid.transfer
    FROM paid WHERE b.id = paid.bill
    RETURNING b.id, b.customer_id, b.period, b.currency),
charge AS (
    INSERT INTO ledger_charge
        (customer_id, bill_line_id, tax_category_id, product_id, amount, cash, refunded, currency,
         period, paid_at, transfer_id)
    SELECT b.customer_id, l.id, l.tax_category_id, l.product_id, l.payable, paid.cash, 0,
           b.currency, b.period, %s, paid.transfer
    FROM paid JOIN settled b ON b.id = paid.bill JOIN ledger_billline l ON l.id = paid.line
    ORDER BY paid.n
    RETURNING id, bill_line_id, transfer_id),
numbered AS (
    SELECT charge.id, charge.transfer_id, paid.n
    FROM charge JOIN paid ON paid.line = charge.bill_line_id),
funding AS (
    INSERT INTO ledger_chargefunding (charge_id, fund, amount)
    SELECT c.id, f.fund, f.amount
    FROM unnest(%s::int[], %s::text[], %s::numeric[]) AS f (n, fund, amount)
    JOIN numbered c USING (n)),
take AS (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::numeric[]) AS t (n, lot, amount)),
used AS (
    INSERT INTO ledger_lotuse (lot_id, charge_id, transfer_id, amount)
    SELECT take.lot, c.id, c.transfer_id, take.amount FROM take JOIN numbered c USING (n)),
less AS (
    UPDATE ledger_lot l SET remaining = l.remaining - t.amount
    FROM (SELECT lot, sum(amount) AS amount FROM take GROUP BY lot) t WHERE l.id = t.lot)
SELECT id FROM charge ORDER BY id
"""


def _settle(
    settled: Sequence[Settled], customers: Mapping[int, CustomerAccount], at: datetime
) -> None:
    transfers = post_batch(
        [
            NewTransfer(
                customer=customers[line.row.customer_id],
                reference=f"bill:{line.row.number}",
                kind=Transfer.Kind.BILL,
                legs=payment_legs(payment.parts, earned_by(line.row.product), line.entity_id),
                currency=customers[line.row.customer_id].currency,
                at=at,
            )
            for line, payment in settled
        ]
    )
    charge_ids = _charge(settled, [transfer_id for transfer_id, _created in transfers], at)
    charge_recorded.send(Charge, charge_ids=charge_ids, at=at)
    if any(one.payment.credit for one in settled):
        charge_credit_changed.send(Charge, charge_ids=charge_ids, at=at)


def _charge(settled: Sequence[Settled], transfers: Iterable[int], at: datetime) -> list[int]:
    """Settle the bills, and write their charges with where each cent came from; the charges' keys."""
    parts = [
        (n, fund, amount)
        for n, one in enumerate(settled, start=1)
        for fund, amount in one.payment.parts.items()
    ]
    takes = [
        (n, lot.pk, amount)
        for n, one in enumerate(settled, start=1)
        for lot, amount in one.payment.takes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            CHARGE,
            [
                array(one.line.bill_id for one in settled),
                array(one.line.line_id for one in settled),
                array(transfers),
                array(one.payment.parts.get(CASH, ZERO) for one in settled),
                at,
                at,
                *(array(row[place] for row in parts) for place in range(3)),
                *(array(row[place] for row in takes) for place in range(3)),
            ],
        )
        return [charge_id for (charge_id,) in cursor.fetchall()]
