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
from accounts.services.customers.locking import lock_customers, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, round_money
from ledger.domain.charging import Need
from ledger.models import Bill, Charge, LedgerAccount, Product, TaxCategory, Transfer
from ledger.services.bills.charging import earned_bucket
from ledger.services.catalogue import Routes
from ledger.services.funds.lots import Payment, spendable_funds
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


class Sale(NamedTuple):
    """A row that is new, and what it is sold under."""

    row: NewBill
    tax_category_id: int
    entity_id: int


@transaction.atomic
def record_charges_in_batch(*, rows: Sequence[NewBill], at: datetime) -> list[Raised]:
    """Raise a direct bill per row and settle what the balances cover; the bills, in order.

    All rows or none, idempotent row by row. A customer's rows are settled in order until one is
    not covered; who owes an older bill settles nothing here (D08).
    Raises `invalid_amount`, `account_closed`, `not_found`, and `reference_conflict`, also for a
    number that comes twice.
    """
    customers = lock_customers({row.customer_id for row in rows})
    _check(rows, customers)
    raised = _known(rows)
    sales = _sales([row for row in rows if row.number not in raised], customers, at)
    payments = _payments(sales, customers, at)
    charge_ids = []
    for sale, (bill_id, charge_id) in zip(
        sales, _write(sales, payments, customers, at), strict=True
    ):
        status = Bill.Status.SETTLED if charge_id else Bill.Status.UNSETTLED
        raised[sale.row.number] = Raised(bill_id, status.value)
        if charge_id:
            charge_ids.append(charge_id)
    if charge_ids:
        charge_recorded.send(Charge, charge_ids=charge_ids, at=at)
    if any(payment and payment.credit for payment in payments):
        charge_credit_changed.send(Charge, charge_ids=charge_ids, at=at)
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
        raised = cursor.fetchall()
    content = {row.number: (row.customer_id, row.amount) for row in rows}
    for number, customer_id, total, _pk, _status in raised:
        if content[number] != (customer_id, total):
            raise DomainError("reference_conflict", reference=number)
    return {number: Raised(pk, status) for number, _owner, _total, pk, status in raised}


def _sales(
    rows: Sequence[NewBill], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[Sale]:
    """The rows with their tax keys and sellers: the product of a row decides where one is named."""
    routes = Routes(row.product for row in rows if row.product)
    keys = []
    for row in rows:
        if row.product:
            keys.append(routes.key_id(row.product.pk, at, customers[row.customer_id].tz))
        elif row.tax_category:
            keys.append(row.tax_category.pk)
        else:
            raise ValueError("A sale names a product or a tax key.")
    sellers = dict(TaxCategory.objects.filter(pk__in=set(keys)).values_list("pk", "entity_id"))
    return [Sale(row, key, sellers[key]) for row, key in zip(rows, keys, strict=True)]


def _payments(
    sales: Sequence[Sale], customers: Mapping[int, CustomerAccount], at: datetime
) -> list[Payment | None]:
    """What each is paid with; None where it stays owed."""
    owing = Bill.objects.filter(customer__in=customers, status=Bill.Status.UNSETTLED)
    stopped = set(owing.values_list("customer_id", flat=True).distinct())
    needed: dict[int, list[int]] = defaultdict(list)
    for place, sale in enumerate(sales):
        if sale.row.customer_id not in stopped:
            needed[sale.row.customer_id].append(place)
    planned: list[Payment | None] = [None] * len(sales)
    for owner, funds in spendable_funds((customers[pk] for pk in sorted(needed)), at).items():
        payments = funds.draw_covered([_need(sales[place]) for place in needed[owner]])
        for place, payment in zip(needed[owner], payments, strict=False):
            planned[place] = payment
    return planned


def _need(sale: Sale) -> Need:
    product = sale.row.product
    return Need(
        amount=sale.row.amount,
        product_id=product.pk if product else None,
        entity_id=sale.entity_id,
    )


# Ids are taken first, so that nothing written has to be looked up again.
WRITE = """
WITH given AS MATERIALIZED (
    SELECT *, nextval('ledger_bill_id_seq') AS bill, nextval('ledger_billline_id_seq') AS line,
           CASE WHEN transfer > 0 THEN nextval('ledger_charge_id_seq') END AS charge
    FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::bigint[],
                %s::bigint[], %s::bigint[], %s::numeric[]) WITH ORDINALITY
        AS g (number, customer, period, currency, amount, key, product, transfer, cash, n)),
bill AS (
    INSERT INTO ledger_bill (id, number, customer_id, kind, period, total, currency, status,
                             generated_at, settled_at, transfer_id)
    SELECT bill, number, customer, 'direct', period, amount, currency,
           CASE WHEN charge > 0 THEN 'settled' ELSE 'unsettled' END, at,
           CASE WHEN charge > 0 THEN at END, transfer
    FROM given, (SELECT %s::timestamptz AS at) moment),
line AS (
    INSERT INTO ledger_billline
        (id, bill_id, tax_category_id, product_id, exact, amount, rounding, credit, payable)
    SELECT line, bill, key, product, amount, amount, 0, 0, amount FROM given),
charge AS (
    INSERT INTO ledger_charge (id, customer_id, bill_line_id, tax_category_id, product_id, amount,
                               cash, refunded, currency, period, paid_at, transfer_id)
    SELECT charge, customer, line, key, product, amount, cash, 0, currency, period, %s, transfer
    FROM given WHERE charge > 0),
funding AS (
    INSERT INTO ledger_chargefunding (charge_id, fund, amount)
    SELECT given.charge, f.fund, f.amount
    FROM unnest(%s::int[], %s::text[], %s::numeric[]) AS f (n, fund, amount)
    JOIN given USING (n)),
take AS (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::numeric[]) AS t (n, lot, amount)),
used AS (
    INSERT INTO ledger_lotuse (lot_id, charge_id, transfer_id, amount)
    SELECT take.lot, given.charge, given.transfer, take.amount FROM take JOIN given USING (n)),
less AS (
    UPDATE ledger_lot l SET remaining = l.remaining - t.amount
    FROM (SELECT lot, sum(amount) AS amount FROM take GROUP BY lot) t WHERE l.id = t.lot)
SELECT bill, charge FROM given ORDER BY n
"""


def _write(
    sales: Sequence[Sale],
    payments: Sequence[Payment | None],
    customers: Mapping[int, CustomerAccount],
    at: datetime,
) -> list[tuple[int, int | None]]:
    """Bills and their lines, and for what is paid its transfer, its charge and where each cent came
    from. The bill and the charge of each, in order.
    """
    paid = [(n, payment) for n, payment in enumerate(payments, start=1) if payment]
    transfers = dict(
        zip((n for n, _payment in paid), _post(sales, paid, customers, at), strict=True)
    )
    months = {pk: month_of(at, customer.tz) for pk, customer in customers.items()}
    parts = [(n, *part) for n, payment in paid for part in payment.parts.items()]
    takes = [(n, lot.pk, amount) for n, payment in paid for lot, amount in payment.takes]
    rows = [sale.row for sale in sales]
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                [row.number for row in rows],
                array(row.customer_id for row in rows),
                array(months[row.customer_id] for row in rows),
                array(customers[row.customer_id].currency for row in rows),
                array(row.amount for row in rows),
                array(sale.tax_category_id for sale in sales),
                array(row.product.pk if row.product else "null" for row in rows),
                array(transfers.get(n, "null") for n in range(1, len(rows) + 1)),
                array(one.parts.get(CASH, ZERO) if one else "null" for one in payments),
                at,
                at,
                *(array(row[place] for row in parts) for place in range(3)),
                *(array(row[place] for row in takes) for place in range(3)),
            ],
        )
        return cursor.fetchall()


def _post(
    sales: Sequence[Sale],
    paid: Iterable[tuple[int, Payment]],
    customers: Mapping[int, CustomerAccount],
    at: datetime,
) -> list[int]:
    """The transfers of what is paid, in order."""
    new = []
    for n, payment in paid:
        row = sales[n - 1].row
        customer = customers[row.customer_id]
        new.append(
            NewTransfer(
                customer=customer,
                reference=f"bill:{row.number}",
                kind=Transfer.Kind.BILL,
                legs=payment_legs(
                    payment.parts, earned_bucket(row.product), sales[n - 1].entity_id
                ),
                currency=customer.currency,
                at=at,
            )
        )
    return [transfer_id for transfer_id, _created in post_batch(new)] if new else []
