"""Verbs about consumption: orders, bills, usage, refunds, offsets."""

from datetime import date
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.money import parse_amount
from finance_console.simulation.language import (
    Answer,
    choice,
    day,
    flag,
    month,
    new_ref,
    number,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, yuan
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.deficits import offsetting
from ledger.models import Bill, LedgerAccount, Order, Product, Refund, TaxCategory
from ledger.services.bills import generating
from ledger.services.orders import paying as orders
from ledger.services.orders import refunding as refunds
from ledger.services.usage import metering

OTHER_FUNDS = tuple(fund.value for fund in LedgerAccount.FUNDS if fund != LedgerAccount.Bucket.CASH)


def amount_of(amount: Decimal, customer: CustomerAccount) -> Decimal:
    """An amount of money as the doors take it: too many decimals are refused (`invalid_amount`)."""
    return parse_amount(str(amount), customer.currency)


def sold_as(product: Product | None, tax_key: TaxCategory | None) -> TaxCategory:
    """The tax key that a line names, itself or by its product."""
    if (product is None) == (tax_key is None):
        raise Malformed('name either "product" or "tax_key"')
    return product.tax_category if product else tax_key  # type: ignore[return-value]


@verb(
    "order",
    ref=required(new_ref),
    account=required(thing("account")),
    amount=required(number),
    product=optional(thing("product")),
    tax_key=optional(thing("tax_key")),
    payer=optional(thing("account")),
    delivered=optional(flag, True),
    contract=optional(text, ""),
    starts_on=optional(day),
    ends_on=optional(day),
)
def order(
    story: Story,
    *,
    ref: str,
    account: CustomerAccount,
    amount: Decimal,
    product: Product | None,
    tax_key: TaxCategory | None,
    payer: CustomerAccount | None,
    delivered: bool,
    contract: str,
    starts_on: date | None,
    ends_on: date | None,
) -> Answer:
    story.require_new("order", ref)
    placed = orders.pay_order(
        number=story.number("ORD"),
        customer=account,
        amount=amount_of(amount, payer or account),
        tax_category=sold_as(product, tax_key),
        product=product,
        payer=payer,
        contract_number=contract,
        starts_on=starts_on,
        ends_on=ends_on,
        at=story.now,
    )
    if delivered:
        orders.deliver_order(order=placed, at=story.now)
    story.name("order", ref, placed)
    paid = dict(placed.charge.funding.values_list("fund", "amount"))
    return {
        "cash": yuan(placed.charge.cash),
        "funds": {fund: yuan(paid.get(fund, Decimal(0))) for fund in OTHER_FUNDS},
    }


@verb("deliver", order=required(thing("order")))
def deliver(story: Story, *, order: Order) -> Answer:
    orders.deliver_order(order=order, at=story.now)
    return {}


@verb("fail_delivery", order=required(thing("order")))
def fail_delivery(story: Story, *, order: Order) -> Answer:
    orders.fail_delivery(order=order, at=story.now)
    return {}


@verb(
    "bill",
    ref=required(new_ref),
    account=required(thing("account")),
    amount=required(number),
    product=optional(thing("product")),
    tax_key=optional(thing("tax_key")),
)
def bill(
    story: Story,
    *,
    ref: str,
    account: CustomerAccount,
    amount: Decimal,
    product: Product | None,
    tax_key: TaxCategory | None,
) -> Answer:
    story.require_new("bill", ref)
    raised = generating.raise_bill(
        number=story.number("BILL"),
        customer=account,
        amount=amount_of(amount, account),
        tax_category=sold_as(product, tax_key),
        product=product,
        at=story.now,
    )
    story.name("bill", ref, raised)
    return {"settled": raised.status == Bill.Status.SETTLED}


@verb(
    "usage",
    account=required(thing("account")),
    amount=required(number),
    product=optional(thing("product")),
    tax_key=optional(thing("tax_key")),
)
def usage(
    story: Story,
    *,
    account: CustomerAccount,
    amount: Decimal,
    product: Product | None,
    tax_key: TaxCategory | None,
) -> Answer:
    metering.record_usage(
        customer=account,
        amount=amount,
        tax_category=sold_as(product, tax_key),
        product=product,
        used_at=story.now,
        at=story.now,
    )
    return {}


@verb("close_month", month=required(month), account=optional(thing("account")))
def close_month(story: Story, *, month: str, account: CustomerAccount | None) -> Answer:
    """Closes what is due now, as the job does; prints how many bills the month has then."""
    generating.close_months(at=story.now, customer=account)
    bills = Bill.objects.filter(kind=Bill.Kind.MONTHLY, period=month)
    return {"bills": (bills.filter(customer=account) if account else bills).count()}


@verb(
    "refund",
    order=optional(thing("order")),
    bill=optional(thing("bill")),
    amount=required(number),
    reason=optional(choice("refund", "downgrade"), Refund.Reason.REFUND),
)
def refund(
    story: Story, *, order: Order | None, bill: Bill | None, amount: Decimal, reason: str
) -> Answer:
    if (order is None) == (bill is None):
        raise Malformed('name either "order" or "bill"')
    if bill is not None:
        customer = bill.customer
        refunds.refund_bill(
            bill=bill,
            amount=amount_of(amount, customer),
            reason=reason,
            reference=story.number("RF"),
            at=story.now,
        )
    elif order is not None:
        customer = order.payer
        refunds.refund_charge(
            charge=order.charge,
            amount=amount_of(amount, customer),
            reason=reason,
            reference=story.number("RF"),
            at=story.now,
        )
    return {"deficit": yuan(invoiceable(customer, story.now).deficit)}


@verb("offset", account=required(thing("account")))
def offset(story: Story, *, account: CustomerAccount) -> Answer:
    return {"offset": yuan(offsetting.offset_now(customer=account, at=story.now))}
