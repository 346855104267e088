"""Bills: a month's usage becomes a bill on the 3rd; a bill is settled from the balance."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, Q, Sum
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.outbox import enqueue
from accounts.services.locking import lock_customer, lock_customers, require_open
from finance_console.kernel.calendar import first_day, local_time, month_of, next_month, open_month
from finance_console.kernel.errors import DomainError
from ledger.domain.billing import BillPlan, UsageSum, bill_lines
from ledger.domain.charging import draw_lines
from ledger.habits import habits
from ledger.models import Bill, BillLine, Product, TaxCategory, Transfer, UsageRecord
from ledger.queries import fund_balances, spending_order
from ledger.services.charge import NewCharge, record_charges
from ledger.services.posting import payment_legs, post

CHUNK = 500
_EASTERNMOST = ZoneInfo("Pacific/Kiritimati")  # no customer's month is over sooner


def close_months(*, at: datetime, customer: CustomerAccount | None = None) -> int:
    """Bill all usage of months that are over, and settle what the balances cover.

    A month is over at 00:00 of the profile's bill day in the customer's time zone. Works in
    chunks of customers, a transaction each; safe to run twice, in parallel, or late. Returns the
    number of bills made. `customer` limits it to one.
    """
    made, after = 0, 0
    while chunk := _customers_to_bill(at, after, customer):
        made += _close_chunk(chunk, at)
        after = chunk[-1]
    return made


def _customers_to_bill(at: datetime, after: int, only: CustomerAccount | None) -> list[int]:
    """Customers with unbilled usage of a month that may be over, by key, `CHUNK` at most."""
    usage = UsageRecord.objects.filter(bill_line=None, period__lt=month_of(at, _EASTERNMOST))
    if only:
        usage = usage.filter(customer=only)
    ids = (
        usage.filter(customer__gt=after)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    return list(ids.distinct()[:CHUNK])


@transaction.atomic
def _close_chunk(customer_ids: list[int], at: datetime) -> int:
    customers = lock_customers(customer_ids)
    sums = (
        UsageRecord.objects.filter(customer__in=customer_ids, bill_line=None)
        .values("customer_id", "period", "currency", "tax_category_id", "product_id")
        .annotate(exact=Sum("amount"))
        .order_by("customer_id", "period", "currency", "tax_category_id", "product_id")
    )
    due: dict[tuple[int, str, str], list[UsageSum]] = defaultdict(list)
    for row in sums:
        owner = customers[row["customer_id"]]
        if row["period"] < open_month(at, owner.tz, habits(owner.profile).bill_day):
            due[owner.pk, row["period"], row["currency"]].append(
                UsageSum(
                    key_id=row["tax_category_id"], product_id=row["product_id"], exact=row["exact"]
                )
            )
    for (customer_id, period, currency), usage in due.items():
        owner = customers[customer_id]
        plan = bill_lines(usage, currency)
        number = f"BILL-{period.replace('-', '')}-{owner.code}-{currency}"
        _write_bill(owner, number, Bill.Kind.MONTHLY, period, currency, plan, at)
        _carry(owner, period, currency, plan, at)
    for customer_id in sorted({key[0] for key in due}):
        settle_bills(customer=customers[customer_id], at=at)
    _tell_unsettled(customer_ids, at)
    return len(due)


def _tell_unsettled(customer_ids: list[int], at: datetime) -> None:
    """Owe each customer one message about a bill made just now that the balance did not cover."""
    unsettled = Bill.objects.filter(
        customer__in=customer_ids, status=Bill.Status.UNSETTLED, generated_at=at
    )
    for bill in unsettled.select_related("customer").order_by("pk"):
        enqueue(
            customer=bill.customer,
            topic="bill_unsettled",
            about=bill.number,
            values={"bill": bill.number, "total": str(bill.total.amount)},
            at=at,
        )


def _write_bill(
    customer: CustomerAccount,
    number: str,
    kind: str,
    period: str,
    currency: str,
    plan: BillPlan,
    at: datetime,
) -> Bill:
    bill = Bill.objects.create(
        number=number,
        customer=customer,
        kind=kind,
        period=period,
        total=Money(plan.total, currency),
        generated_at=at,
    )
    lines = BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            tax_category_id=line.key_id,
            product_id=line.product_id,
            exact=line.exact,
            amount=line.rounded,
            rounding=line.rounding,
            credit=line.credit,
            payable=line.rounded - line.credit,
        )
        for line in plan.lines
    )
    usage = UsageRecord.objects.filter(
        customer=customer, bill_line=None, period=period, currency=currency
    )
    for line in lines:
        mine = Q(tax_category=line.tax_category_id, product=line.product_id)
        usage.filter(mine).update(bill_line=line)
    return bill


def _carry(
    customer: CustomerAccount, period: str, currency: str, plan: BillPlan, at: datetime
) -> None:
    """Credit that no line of this bill could take reduces the next bill instead."""
    UsageRecord.objects.bulk_create(
        UsageRecord(
            customer=customer,
            tax_category_id=key_id,
            product_id=product_id,
            amount=amount,
            currency=currency,
            used_at=at,
            period=max(next_month(period), month_of(at, customer.tz)),
            resource=f"credit carried over from {period}",
        )
        for key_id, product_id, amount in plan.carried
    )


@transaction.atomic
def raise_bill(
    *,
    number: str,
    customer: CustomerAccount,
    amount: Decimal,
    tax_category: TaxCategory,
    at: datetime,
    product: Product | None = None,
) -> Bill:
    """Raise a postpaid bill for one amount now and settle it if the balance covers it.

    `amount` is tax-inclusive in the customer's currency. Idempotent by `number`.
    Raises `invalid_amount`, `account_closed`, `reference_conflict`.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    if amount <= 0:
        raise DomainError("invalid_amount", amount=amount, currency=customer.currency)
    existing = Bill.objects.filter(number=number).first()
    if existing:
        if (existing.customer_id, existing.total.amount) != (customer.pk, amount):
            raise DomainError("reference_conflict", reference=number)
        return existing
    usage = UsageSum(
        key_id=tax_category.pk, product_id=product.pk if product else None, exact=amount
    )
    plan = bill_lines([usage], customer.currency)
    period = month_of(at, customer.tz)
    bill = _write_bill(customer, number, Bill.Kind.DIRECT, period, customer.currency, plan, at)
    settle_bills(customer=customer, at=at)
    _tell_unsettled([customer.pk], at)
    bill.refresh_from_db()
    return bill


def settle_bills(*, customer: CustomerAccount, at: datetime) -> int:
    """Settle the customer's bills, oldest first, while its funds cover a whole bill (D8).

    Runs in the caller's transaction, under the customer's lock. Stops at the first bill that the
    balance does not cover; a bill of 0.00 is settled without a movement. Returns how many.
    """
    unsettled: Iterable[Bill] = (
        Bill.objects.select_for_update(no_key=True, of=("self",))
        .filter(customer=customer, status=Bill.Status.UNSETTLED)
        .order_by("generated_at", "pk")
    )
    settled = 0
    for bill in unsettled:
        lines = [
            line
            for line in bill.lines.select_related("tax_category").order_by("pk")
            if line.payable
        ]
        balances = fund_balances(customer)
        if bill.total.amount > sum(balances[fund] for fund in spending_order(customer)):
            break
        _settle(customer, bill, lines, balances, at)
        settled += 1
    return settled


def _settle(
    customer: CustomerAccount,
    bill: Bill,
    lines: list[BillLine],
    balances: dict[str, Decimal],
    at: datetime,
) -> None:
    currency = bill.total.currency.code
    paid = draw_lines([line.payable for line in lines], balances, spending_order(customer))
    transfer = None
    if lines:
        transfer, _created = post(
            customer=customer,
            reference=f"bill:{bill.number}",
            kind=Transfer.Kind.BILL,
            legs=[
                leg
                for line, parts in zip(lines, paid, strict=True)
                for leg in payment_legs(parts, line.tax_category.entity_id)
            ],
            currency=currency,
            at=at,
        )
    bill.settle(at=at, transfer=transfer)
    bill.save()
    if transfer:
        record_charges(
            customer=customer,
            transfer=transfer,
            currency=currency,
            charges=[
                NewCharge(bill_line=line, period=bill.period, funding=parts)
                for line, parts in zip(lines, paid, strict=True)
            ],
            at=at,
        )


def next_close(after: datetime) -> datetime | None:
    """When the first month with unbilled usage is closed: past, or future; None without usage."""
    usage = UsageRecord.objects.filter(bill_line=None).values(
        "customer__time_zone", "customer__profile"
    )
    moments = [
        local_time(
            first_day(next_month(row["period"])).replace(
                day=habits(row["customer__profile"]).bill_day
            ),
            0,
            ZoneInfo(row["customer__time_zone"]),
        )
        for row in usage.annotate(period=Min("period")).order_by("period")
    ]
    return min(moments, default=None)
