"""An order told to a customer: what happened when, which money paid, what can be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from ledger.models import Charge, LedgerAccount, Lot, Order
from ledger.presenters.movements import Movement, movements
from ledger.services.orders.changing import renewal_of, renewal_offer, unsubscribe_preview

CASH = LedgerAccount.Bucket.CASH


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline; `state` is done, now, or "" for what is still to come."""

    words: str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class Source:
    """Money that paid for the order: `paid` out of one lot, `returned` of it came back.

    `came` says how the lot came in, `document` which recharge or grant it was (None for credit).
    """

    fund: str
    came: str
    document: Movement | None
    at: datetime | None
    paid: Decimal
    returned: Decimal


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with the order. Not allowed: `reason` is a refusal code with its `values`."""

    name: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return not self.reason


def sources(charge: Charge) -> Sequence[Source]:
    """Which money paid for `charge`, followed to its lots (oldest first), and what came back."""
    paid, back = Sum("uses__amount", filter=Q(uses__amount__gt=0)), Sum("uses__amount")
    lots = (
        Lot.objects.filter(uses__charge=charge)
        .select_related("source")
        .annotate(paid=paid, left=back)
        .order_by("pk")
    )
    paid_from = [
        Source(
            fund=lot.get_fund_display(),
            came=lot.source.get_kind_display(),
            document=movement,
            at=lot.received_at,
            paid=lot.paid,
            returned=lot.paid - lot.left,
        )
        for movement in movements(list(lots), lambda lot: lot.source)
        for lot in [movement.row]
    ]
    credit = charge.amount - sum((source.paid for source in paid_from), ZERO)
    if credit:
        paid_from.append(
            Source(gettext("Cash"), gettext("Paid on credit"), None, None, credit, ZERO)
        )
    return paid_from


def timeline(order: Order, *, with_money: bool) -> Sequence[Step]:
    """What happened to the order, oldest first, and what is still to come."""
    steps = [Step(gettext("Paid"), _moment(order.paid_at), "done")]
    if order.delivered_at:
        steps.append(Step(gettext("Delivered"), _moment(order.delivered_at), "done"))
    for refund in order.charge.refunds.order_by("refunded_at", "pk") if with_money else ():
        note = f"{_moment(refund.refunded_at)}, {in_currency(refund.amount, order.charge.currency)}"
        steps.append(Step(str(refund.get_reason_display()), note, "done"))
    if renewal := renewal_of(order):
        steps.append(
            Step(gettext("Renewed"), f"{_moment(renewal.paid_at)}, {renewal.number}", "done")
        )
    if order.status == Order.Status.UNSUBSCRIBED:
        steps.append(Step(gettext("Unsubscribed"), "", "now"))
    elif order.status == Order.Status.PAID:
        steps.append(Step(gettext("Resources are being created"), "", "now"))
    elif order.ends_on and order.status == Order.Status.DELIVERED:
        steps.append(Step(gettext("Last day of service"), f"{order.ends_on:%Y-%m-%d}", ""))
    return steps


def actions(order: Order, acting: CustomerAccount, at: datetime) -> Sequence[Action]:
    """Renew and unsubscribe, each allowed or with the reason why not."""
    return [
        _judge("renew", lambda: renewal_offer(order, at)),
        _judge("unsubscribe", lambda: may_unsubscribe(order, acting, at)),
    ]


def may_unsubscribe(order: Order, acting: CustomerAccount, at: datetime) -> None:
    """Raises `not_yours`: whoever paid gets the money back, so whoever paid decides; and what
    `unsubscribe_preview` raises."""
    if order.payer_id != acting.pk:
        raise DomainError("not_yours")
    unsubscribe_preview(order, at)


def _judge(name: str, check: Any) -> Action:
    try:
        check()
    except DomainError as error:
        return Action(name, error.code, error.values)
    return Action(name)


def _moment(value: datetime) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
