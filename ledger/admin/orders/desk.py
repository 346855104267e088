"""Prepaid orders in the admin: found, told with their money, and what staff do with one."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.admin.decisions import Decision, DecisionDesk
from accounts.admin.desk import Route, Words, person_with
from accounts.admin.facts import amount, currency
from accounts.models import User
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, parse_amount
from finance_console.kernel.writing import money
from ledger.admin.orders.preview import changes, foretell, token
from ledger.models import Order
from ledger.presenters import orders
from ledger.services.operators import ORDERS
from ledger.services.orders import deciding
from ledger.services.orders.paying import locked_order

BACK = _("The money is back on the balance.")
DECISIONS: Mapping[str, Decision] = {
    "deliver": Decision(
        words=_("It is delivered"),
        act=lambda row, by, text, at: deciding.deliver_by_staff(order=row, by=by, at=at),
        done=_("%(row)s is delivered."),
        primary=True,
    ),
    "return": Decision(
        words=_("Give it back"),
        act=lambda row, by, text, at: deciding.give_part_back(
            order=row, returned=_amount(row, text), by=by, at=at
        ),
        done=BACK,
        asks=_("Cash to give back"),
        help=_("The next page says what it does, before anything is done."),
        amount=True,
        previews=True,
        title=_("Give %(amount)s back for %(row)s?"),
    ),
    "price": Decision(
        words=_("Downgrade"),
        act=lambda row, by, text, at: deciding.give_part_back(
            order=row, new_price=_amount(row, text), by=by, at=at
        ),
        done=BACK,
        asks=_("Price after the downgrade"),
        help=_("What the price so far is above it goes back."),
        amount=True,
        previews=True,
        title=_("Downgrade %(row)s to %(amount)s?"),
    ),
    "unsubscribe": Decision(
        words=_("Unsubscribe for the customer"),
        act=lambda row, by, text, at: deciding.unsubscribe_by_staff(order=row, by=by, at=at),
        done=_("%(row)s is unsubscribed."),
        previews=True,
        title=_("Unsubscribe %(row)s?"),
    ),
    "fail": Decision(
        words=_("It cannot be delivered: give all back"),
        act=lambda row, by, text, at: deciding.fail_by_staff(order=row, by=by, at=at),
        done=_("%(row)s failed. The money is back on the balance."),
        previews=True,
        title=_("Give all back for %(row)s?"),
    ),
}
OFFERED: Mapping[str, tuple[str, ...]] = {
    "paid": ("deliver", "return", "price", "fail"),
    "delivered": ("return", "price", "unsubscribe"),
}


@admin.register(Order)
class OrderAdmin(DecisionDesk):
    """Whoever may change orders decides about them; others with the right may look."""

    list_display = (
        "number", "customer", "payer", "tax_category", amount("amount", _("amount")), currency, "status",
        "paid_at", "delivered_at",
    )  # fmt: skip
    list_select_related = ("customer", "payer", "tax_category")
    list_filter = ("status", "currency")
    search_fields = ("number", "customer__code")
    permission = ORDERS
    decisions = DECISIONS
    page_template = "admin/ledger/order.html"
    routes = (
        Route(
            address="<int:pk>/preview/<slug:name>/", view="preview_view", name="preview", only="GET"
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("customer", "payer", "product", "tax_category__entity")

    def offered(self, row: Order) -> tuple[str, ...]:
        """Without a term there are no days to count."""
        names = OFFERED.get(row.status, ())
        return names if row.ends_on else tuple(name for name in names if name != "unsubscribe")

    def seen(self, row: Order) -> str:
        return f"{row.status}.{row.charge.refunded}"

    def lock(self, row: Order) -> Order:
        return locked_order(row)

    def page(self, request: HttpRequest, row: Order) -> Mapping[str, Any]:
        charge = row.charge
        return {
            "title": row.number,
            "order": row,
            "amounts": [
                (_("Price"), money(row.amount.amount)),
                (_("Paid in cash"), money(charge.cash)),
                (_("Cash returned"), money(charge.refunded)),
                (_("Cash that can go back"), money(charge.cash - charge.refunded)),
            ],
            "steps": orders.timeline(row, with_money=True),
            "sources": orders.sources(charge),
        }

    def preview_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """What a decision would do to money and invoices, to be confirmed. Nothing is changed.

        403 for whoever may not decide; any other refusal is a message on the page of the order.
        """
        row, decision = self.row(pk), self.decision(name)
        by, at, sent = person_with(request, ORDERS), moment(), request.GET.get("amount", "")
        try:
            amount_given = _amount(row, sent) if decision.amount else ZERO
            foretold = foretell(row, partial(decision.act, row, by, sent, at), at)
        except DomainError as error:
            messages.error(request, self._sentence(error))
            return self.go(request, self.url("change", pk))
        return self.show(
            request,
            "admin/ledger/order_preview.html",
            title=decision.title % {"row": row, "amount": money(amount_given)},
            order=row,
            name=name,
            button=decision,
            changes=foretold,
            several=len({change.before.whose for change in foretold}) > 1,
            notes=[change.note for change in foretold if change.note],
            sent=sent,
            seen=f"{self.seen(row)} {token(foretold)}",
        )

    def decide(
        self, request: HttpRequest, row: Order, decision: Decision, by: User, at: datetime
    ) -> Words:
        """Also refused, with `changed_meanwhile`, when it would do something else than was foretold."""
        seen, _blank, effect = request.POST.get("seen", "").partition(" ")
        order = self.lock(row)
        if seen != self.seen(order):
            raise DomainError("changed_since_opened")
        act = partial(decision.act, order, by, request.POST.get("amount", ""), at)
        if not decision.previews:
            act()
        elif token(changes(order, act, at)) != effect:
            raise DomainError("changed_meanwhile")
        return str(decision.done) % {"row": row}


def _amount(order: Order, sent: str) -> Decimal:
    """The amount that was typed. Raises `invalid_amount`."""
    return parse_amount(sent, order.amount.currency.code)
