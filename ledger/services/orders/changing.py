"""What happens to an order after it was delivered: renewed, downgraded, unsubscribed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from accounts.messages.outbox import enqueue
from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customers, require_open
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from ledger.domain.refunding import Term, remaining_refund
from ledger.domain.terms import next_term
from ledger.models import Order, Refund
from ledger.services.orders.paying import deliver_order, locked_order, pay_order
from ledger.services.orders.refunding import refund_charge

Status = Order.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribing:
    """What giving an order up today means, in the payer's currency.

    `days_used` of `days` count as used, today included. `returned` is the cash that goes back;
    `kept_funds` are coupons and the like that paid and do not come back; `stays` is the cash
    consumption that remains, the most that can be invoiced for the order.
    """

    days: int
    days_used: int
    returned: Decimal
    kept_funds: Decimal
    stays: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewing:
    """What renewing an order at its price means."""

    number: str
    amount: Decimal
    term: Term

    @property
    def seen(self) -> str:
        """What whoever confirms has seen."""
        return f"{self.number} {self.amount} {self.term.ends_on:%Y-%m-%d}"


@transaction.atomic
def renew(
    *,
    order: Order,
    number: str,
    amount: Decimal,
    ends_on: date,
    at: datetime,
    payer: CustomerAccount | None = None,
    contract_number: str | None = None,
) -> Order:
    """A new order that continues `order` until `ends_on` (included), paid now for `amount`.

    It begins the day after the last one ended, or today when that is over; nothing has to be
    created, so it is delivered at once. `payer` and `contract_number` default to those of
    `order`. An order whose renewal was unsubscribed can be renewed again. Idempotent by `number`.
    Raises `wrong_state`, `term_missing`, `already_renewed`, `invalid_term`, and what `pay_order`
    raises.
    """
    payer_id = payer.pk if payer else order.payer_id
    locked = lock_customers({order.customer_id, order.payer_id, payer_id})
    order = locked_order(order)
    known = Order.objects.filter(number=number).first()
    if known and known.renews_id != order.pk:
        raise DomainError("reference_conflict", reference=number)
    starts_on = known.starts_on if known else _next(order, at).starts_on
    if not known:
        _require_renewable(order)
    renewed = pay_order(
        number=number,
        customer=locked[order.customer_id],
        payer=locked[payer_id],
        amount=amount,
        product=order.product,
        tax_category=order.tax_category,
        description=order.description,
        contract_number=order.contract_number if contract_number is None else contract_number,
        starts_on=starts_on,
        ends_on=ends_on,
        renews=order,
        at=at,
    )
    if renewed.status == Status.PAID:
        renewed = deliver_order(order=renewed, at=at)
        values = {
            "order": order.number,
            "number": number,
            "total": in_currency(amount, renewed.amount.currency.code),
            "ends_on": f"{ends_on:%Y-%m-%d}",
        }
        _tell(renewed, "order_renewed", values, at)
    return renewed


def renewal_offer(order: Order, at: datetime) -> Renewing:
    """Renewing `order` at the price it was paid for, for an equally long term.

    Raises what `renew` raises for its state, and `price_changed` after a downgrade: what the
    smaller service costs for a whole term is for sales to say.
    """
    _require_renewable(order)
    if _downgraded(order):
        raise DomainError("price_changed")
    # One number until that renewal is given up, so confirming twice is confirming once.
    before = order.renewals.count()
    number = f"RN-{order.pk:08d}" + (f"-{before + 1}" if before else "")
    return Renewing(number=number, amount=order.amount.amount, term=_next(order, at))


@transaction.atomic
def downgrade(
    *,
    order: Order,
    reference: str,
    at: datetime,
    returned: Decimal | None = None,
    new_price: Decimal | None = None,
) -> Refund:
    """Give back `returned` of the cash paid, or what `new_price` is below the price so far.

    Name exactly one of the two. Coupons and the like are not returned. Idempotent by `reference`.
    Raises `wrong_state` (failed, unsubscribed), `invalid_amount`, `over_refund`,
    `reference_conflict`.
    """
    if (returned is None) == (new_price is None):
        raise ValueError("Name the amount to return or the new price.")
    order = locked_order(order)
    known = order.charge.refunds.filter(transfer__reference=f"refund:{reference}").first()
    if known is None and order.status not in (Status.PAID, Status.DELIVERED):
        raise DomainError("wrong_state", state=order.get_status_display())
    if new_price is not None:
        if new_price < 0:
            raise DomainError(
                "invalid_amount", amount=new_price, currency=order.amount.currency.code
            )
        returned = order.amount.amount - _downgraded(order, before=known) - new_price
    assert returned is not None
    return refund_charge(
        charge=order.charge,
        amount=returned,
        reason=Refund.Reason.DOWNGRADE,
        reference=reference,
        at=at,
    )


@transaction.atomic
def refund(*, order: Order, reference: str, at: datetime, returned: Decimal) -> Refund:
    """Give `returned` of the cash paid back; the price of the order stays what it is (no downgrade).

    Idempotent by `reference`. Raises `wrong_state` (failed, unsubscribed), `invalid_amount`,
    `over_refund`, `reference_conflict`.
    """
    order = locked_order(order)
    known = order.charge.refunds.filter(transfer__reference=f"refund:{reference}").exists()
    if not known and order.status not in (Status.PAID, Status.DELIVERED):
        raise DomainError("wrong_state", state=order.get_status_display())
    return refund_charge(
        charge=order.charge,
        amount=returned,
        reason=Refund.Reason.REFUND,
        reference=reference,
        at=at,
    )


@transaction.atomic
def unsubscribe(*, order: Order, at: datetime) -> Refund | None:
    """Give the service up: the cash of the unused days goes back to whoever paid it.

    The day of `at`, local to the customer, counts as used; before the first day everything goes
    back. Coupons and the like are not returned (SC-65). None when no cash goes back. Twice is
    once. Raises `wrong_state`, `term_missing`, `term_over`, `renewal_first`, `account_closed`.
    """
    order = locked_order(order)
    reference = f"unsubscribe:{order.number}"
    if order.status == Status.UNSUBSCRIBED:
        return order.charge.refunds.filter(transfer__reference=f"refund:{reference}").first()
    require_open(order.customer)
    require_open(order.payer)
    preview = unsubscribe_preview(order, at)
    order.unsubscribe()
    order.save()
    refund = None
    if preview.returned:
        refund = refund_charge(
            charge=order.charge,
            amount=preview.returned,
            reason=Refund.Reason.REFUND,
            reference=reference,
            at=at,
            told=False,
        )
    values = {"order": order.number, "total": in_currency(preview.returned, order.charge.currency)}
    _tell(order, "order_unsubscribed", values, at)
    return refund


def unsubscribe_preview(order: Order, at: datetime) -> Unsubscribing:
    """What `unsubscribe` would do at `at`. Raises what it raises."""
    if order.status != Status.DELIVERED:
        raise DomainError("wrong_state", state=order.get_status_display())
    renewal = renewal_of(order)
    if renewal is not None:
        raise DomainError("renewal_first", number=renewal.number)
    term, on, charge = term_of(order), _today(order, at), order.charge
    returned = remaining_refund(
        term, on, cash=charge.cash, refunded=charge.refunded, currency=charge.currency
    )
    return Unsubscribing(
        days=term.days,
        days_used=term.days - term.unused_days(on),
        returned=returned,
        kept_funds=charge.amount - charge.cash,
        stays=charge.cash - charge.refunded - returned,
    )


def term_of(order: Order) -> Term:
    """The days the order was paid for. Raises `term_missing`."""
    if order.starts_on is None or order.ends_on is None:
        raise DomainError("term_missing")
    return Term(starts_on=order.starts_on, ends_on=order.ends_on)


def renewal_of(order: Order) -> Order | None:
    """The order that renews `order`; None also when its renewal was given up."""
    return order.renewals.exclude(status__in=(Status.FAILED, Status.UNSUBSCRIBED)).first()


def _require_renewable(order: Order) -> None:
    if order.status != Status.DELIVERED:
        raise DomainError("wrong_state", state=order.get_status_display())
    term_of(order)
    renewal = renewal_of(order)
    if renewal is not None:
        raise DomainError("already_renewed", number=renewal.number)


def _next(order: Order, at: datetime) -> Term:
    return next_term(term_of(order), _today(order, at))


def _today(order: Order, at: datetime) -> date:
    """The local day of whoever uses the service."""
    return at.astimezone(order.customer.tz).date()


def _downgraded(order: Order, before: Refund | None = None) -> Decimal:
    """What downgrades took off the price so far, or before that refund."""
    made = order.charge.refunds.filter(reason=Refund.Reason.DOWNGRADE)
    if before is not None:
        made = made.filter(pk__lt=before.pk)
    total: Decimal = made.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    return total


def _tell(order: Order, topic: str, values: dict[str, str], at: datetime) -> None:
    """Owe the customer, and the payer if it is another, one message about the order."""
    for customer in {order.customer, order.payer}:
        enqueue(customer=customer, topic=topic, about=order.number, values=values, at=at)
