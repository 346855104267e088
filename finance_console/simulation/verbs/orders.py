"""What happens to orders after the delivery, and who sells a product from which day on."""

from datetime import date
from decimal import Decimal

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from finance_console.simulation.language import (
    Answer,
    day,
    new_ref,
    number,
    optional,
    required,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, yuan
from finance_console.simulation.verbs.money import amount_of
from invoicing.queries.invoiceable import invoiceable
from ledger.models import Order, Product, TaxCategory
from ledger.services import catalogue
from ledger.services.orders import changing


@verb(
    "route",
    product=required(thing("product")),
    tax_key=required(thing("tax_key")),
    valid_from=required(day),
)
def route(story: Story, *, product: Product, tax_key: TaxCategory, valid_from: date) -> Answer:
    catalogue.plan_route(product=product, tax_key=tax_key, valid_from=valid_from)
    return {}


@verb(
    "renew",
    ref=required(new_ref),
    order=required(thing("order")),
    amount=optional(number),
    ends_on=optional(day),
    payer=optional(thing("account")),
)
def renew(
    story: Story,
    *,
    ref: str,
    order: Order,
    amount: Decimal | None,
    ends_on: date | None,
    payer: CustomerAccount | None,
) -> Answer:
    """Without amount or last day: at its price, for an equally long term."""
    story.require_new("order", ref)
    order = Order.objects.get(pk=order.pk)
    if amount is None or ends_on is None:
        offer = changing.renewal_offer(order, story.now)
        amount, ends_on = amount or offer.amount, ends_on or offer.term.ends_on
    made = changing.renew(
        order=order,
        number=story.number("ORD"),
        amount=amount_of(amount, payer or order.payer),
        ends_on=ends_on,
        payer=payer,
        at=story.now,
    )
    story.name("order", ref, made)
    return {
        "cash": yuan(made.charge.cash),
        "starts_on": f"{made.starts_on}",
        "ends_on": f"{ends_on}",
    }


@verb(
    "downgrade",
    order=required(thing("order")),
    returned=optional(number),
    new_price=optional(number),
)
def downgrade(
    story: Story, *, order: Order, returned: Decimal | None, new_price: Decimal | None
) -> Answer:
    if (returned is None) == (new_price is None):
        raise Malformed('name either "returned" or "new_price"')
    refund = changing.downgrade(
        order=order,
        reference=story.number("DG"),
        returned=None if returned is None else amount_of(returned, order.payer),
        new_price=None if new_price is None else amount_of(new_price, order.payer),
        at=story.now,
    )
    return {"returned": yuan(refund.amount), "deficit": _deficit(story, order)}


@verb("unsubscribe", order=required(thing("order")))
def unsubscribe(story: Story, *, order: Order) -> Answer:
    refund = changing.unsubscribe(order=order, at=story.now)
    returned = refund.amount if refund else ZERO
    return {"returned": yuan(returned), "deficit": _deficit(story, order)}


def _deficit(story: Story, order: Order) -> str:
    return yuan(invoiceable(order.payer, story.now).deficit)
