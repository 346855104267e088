"""What staff do with an order: say that it is delivered or failed, give some or all of its price back."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from ledger.models import Order, Refund
from ledger.services.operators import ORDERS, require_operator
from ledger.services.orders import changing
from ledger.services.orders.paying import deliver_order, fail_delivery, locked_order


@transaction.atomic
def deliver_by_staff(*, order: Order, by: User, at: datetime) -> Order:
    """`deliver_order`, by a person. Raises `not_permitted`, `four_eyes`, `wrong_state`."""
    return deliver_order(order=_allowed(order, by), at=at)


@transaction.atomic
def fail_by_staff(*, order: Order, by: User, at: datetime) -> Order:
    """`fail_delivery`, by a person: the money goes back. Raises as `deliver_by_staff`."""
    return fail_delivery(order=_allowed(order, by), at=at)


@transaction.atomic
def unsubscribe_by_staff(*, order: Order, by: User, at: datetime) -> Refund | None:
    """`unsubscribe`, by a person for the customer. Raises what it and `deliver_by_staff` raise."""
    return changing.unsubscribe(order=_allowed(order, by), at=at)


@transaction.atomic
def give_part_back(
    *,
    order: Order,
    by: User,
    at: datetime,
    returned: Decimal | None = None,
    new_price: Decimal | None = None,
) -> Refund:
    """A refund of `returned`, or a downgrade to `new_price`, by a person; the order keeps its state.

    Every call gives back: callers make sure that it is meant. Raises as `deliver_by_staff`, and
    `invalid_amount`, `over_refund`.
    """
    order = _allowed(order, by)
    reference = f"staff:{order.number}/{order.charge.refunds.count() + 1}"
    if returned is None and new_price is not None and new_price >= 0:
        above = (
            order.amount.amount - order.charge.refunded - new_price
        )  # cash that is back already is not due again
        return changing.downgrade(order=order, reference=reference, returned=above, at=at)
    if returned is None:
        return changing.downgrade(order=order, reference=reference, new_price=new_price, at=at)
    return changing.refund(order=order, reference=reference, returned=returned, at=at)


def _allowed(order: Order, by: User) -> Order:
    """The order, locked. Nobody decides for an account of their own, used or paying."""
    order = locked_order(order)
    for customer in (order.customer, order.payer):
        require_operator(by, ORDERS, customer)
    return order
