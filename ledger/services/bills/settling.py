"""Bills on paper and paid: writing one, raising one for a single charge, settling from the balance."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from djmoney.money import Money

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.calendar import month_of
from finance_console.kernel.errors import DomainError
from ledger.domain.billing import BillPlan, UsageSum, bill_lines
from ledger.domain.charging import Need
from ledger.models import Bill, BillLine, Product, TaxCategory, Transfer, UsageRecord
from ledger.services.bills.charging import NewCharge, earned_bucket, record_charges
from ledger.services.bills.reminding import tell_unsettled
from ledger.services.catalogue import sold_under
from ledger.services.funds.lots import Payment, SpendableFunds
from ledger.services.posting import payment_legs, post


def write_bill(
    *,
    customer: CustomerAccount,
    number: str,
    kind: str,
    period: str,
    currency: str,
    plan: BillPlan,
    usage: QuerySet[UsageRecord],
    at: datetime,
    day: date | None = None,
) -> Bill:
    """Write a bill with its lines and take `usage`, which `plan` was made of, onto them.

    Runs in the caller's transaction, under the customer's lock.
    """
    bill = Bill.objects.create(
        number=number,
        customer=customer,
        kind=kind,
        period=period,
        day=day,
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
    for line in lines:
        mine = Q(tax_category=line.tax_category_id, product=line.product_id)
        usage.filter(mine).update(bill_line=line, period=period)
    return bill


@transaction.atomic
def raise_bill(
    *,
    number: str,
    customer: CustomerAccount,
    amount: Decimal,
    at: datetime,
    tax_category: TaxCategory | None = None,
    product: Product | None = None,
) -> Bill:
    """Raise a postpaid bill for one amount now and settle it if the balance covers it.

    `amount` is tax-inclusive in the customer's currency. `product` decides entity and tax key by
    SKU and local day; `tax_category` is for what has no product. Idempotent by `number`.
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
    tax_category = sold_under(product, tax_category, at.astimezone(customer.tz).date())
    usage = UsageSum(
        key_id=tax_category.pk, product_id=product.pk if product else None, exact=amount
    )
    plan = bill_lines([usage], customer.currency)
    period = month_of(at, customer.tz)
    bill = write_bill(
        customer=customer,
        number=number,
        kind=Bill.Kind.DIRECT,
        period=period,
        currency=customer.currency,
        plan=plan,
        usage=UsageRecord.objects.none(),
        at=at,
    )
    settle_bills(customer=customer, at=at)
    tell_unsettled([customer.pk], at)
    bill.refresh_from_db()
    return bill


def settle_bills(*, customer: CustomerAccount, at: datetime) -> int:
    """Settle the customer's bills, oldest first, while its funds cover a whole bill (D08).

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
            for line in bill.lines.select_related("tax_category", "product").order_by("pk")
            if line.payable
        ]
        funds = SpendableFunds(customer, at)
        try:
            payments = funds.draw_all(
                [
                    Need(
                        amount=line.payable,
                        product_id=line.product_id,
                        entity_id=line.tax_category.entity_id,
                    )
                    for line in lines
                ]
            )
        except DomainError:
            break
        _settle(customer, bill, dict(zip(lines, payments, strict=True)), funds, at)
        settled += 1
    return settled


def _settle(
    customer: CustomerAccount,
    bill: Bill,
    payments: Mapping[BillLine, Payment],
    funds: SpendableFunds,
    at: datetime,
) -> None:
    currency = bill.total.currency.code
    transfer_id = None
    if payments:
        transfer_id, _created = post(
            customer=customer,
            reference=f"bill:{bill.number}",
            kind=Transfer.Kind.BILL,
            legs=[
                leg
                for line, payment in payments.items()
                for leg in payment_legs(
                    payment.parts, earned_bucket(line.product), line.tax_category.entity_id
                )
            ],
            currency=currency,
            at=at,
        )
    bill.settle(at=at, transfer_id=transfer_id)
    bill.save()
    if transfer_id:
        charges = record_charges(
            customer=customer,
            transfer_id=transfer_id,
            currency=currency,
            charges=[
                NewCharge(bill_line=line, period=bill.period, funding=payment.parts)
                for line, payment in payments.items()
            ],
            at=at,
        )
        funds.record(dict(zip(charges, payments.values(), strict=True)), transfer_id)


def carry(
    *,
    customer: CustomerAccount,
    period: str,
    billed: str,
    currency: str,
    plan: BillPlan,
    at: datetime,
) -> None:
    """Credit that no line of a bill could take reduces a bill of `period` instead.

    `billed` says in words which bill it comes from.
    """
    UsageRecord.objects.bulk_create(
        UsageRecord(
            customer=customer,
            tax_category_id=key_id,
            product_id=product_id,
            amount=amount,
            currency=currency,
            used_at=at,
            period=period,
            resource=f"credit carried over from {billed}",
        )
        for key_id, product_id, amount in plan.carried
    )
