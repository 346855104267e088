"""Prepaid orders in the admin: found, told with their money, and what staff do with one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, amount, currency, grouped
from accounts.models import User
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from finance_console.refusals import sentence
from ledger import order_page
from ledger.models import Order
from ledger.services import order_desk
from ledger.services.operators import ORDERS
from ledger.services.order import locked_order

Act = Callable[[Order, User, Decimal, datetime], object]
ZERO = Decimal(0)
ACTS: Mapping[str, Act] = {
    "deliver": lambda row, by, much, at: order_desk.deliver_by_staff(order=row, by=by, at=at),
    "fail": lambda row, by, much, at: order_desk.fail_by_staff(order=row, by=by, at=at),
    "return": lambda row, by, much, at: order_desk.give_part_back(
        order=row, returned=much, by=by, at=at
    ),
    "price": lambda row, by, much, at: order_desk.give_part_back(
        order=row, new_price=much, by=by, at=at
    ),
}
TAKES_AMOUNT = ("return", "price")
DONE: Mapping[str, Promise] = {
    "deliver": _("%(number)s is delivered."),
    "fail": _("%(number)s failed. The money is back on the balance."),
    "return": _("The money is back on the balance."),
    "price": _("The money is back on the balance."),
}
OFFERED: Mapping[str, tuple[str, ...]] = {
    "paid": ("deliver", "fail", "return", "price"),
    "delivered": ("return", "price"),
}


def token(order: Order) -> str:
    """What a person has seen of its state: it travels through the forms as `seen`."""
    return f"{order.status}.{order.charge.refunded}"


@admin.register(Order)
class OrderAdmin(FactAdmin):
    """Whoever may change orders decides about them; others with the right may look."""

    list_display = (
        "number", "customer", "payer", "tax_category", amount("amount", _("amount")), currency, "status",
        "paid_at", "delivered_at",
    )  # fmt: skip
    list_select_related = ("customer", "payer", "tax_category")
    list_filter = ("status", "currency")
    search_fields = ("number", "customer__code")

    def get_urls(self) -> list[Any]:
        act = self.admin_site.admin_view(require_POST(self.action_view))
        return [path("<int:pk>/do/<slug:name>/", act, name="ledger_order_do"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("customer", "payer", "product", "tax_category__entity")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of an order. Reading it changes nothing; nothing is saved here."""
        found = self.get_object(request, object_id)
        allowed = self.has_view_permission(request, found)
        if not allowed or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if found is None:
            raise Http404
        charge, may = found.charge, request.user.has_perm(ORDERS)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": found.number,
            "order": found,
            "amounts": [
                (_("Price"), grouped(found.amount.amount)),
                (_("Paid in cash"), grouped(charge.cash)),
                (_("Cash returned"), grouped(charge.refunded)),
            ],
            "steps": order_page.timeline(found, with_money=True),
            "sources": order_page.sources(charge),
            "offered": OFFERED.get(found.status, ()) if may else (),
            "left": grouped(charge.cash - charge.refunded),
            "seen": token(found),
        }
        return TemplateResponse(request, "admin/ledger/order.html", context)

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Deliver, fail or give a part back, if the order is still as it was seen. POST only.

        403 for whoever may not; any other refusal is a message on the page.
        """
        found = self.get_object(request, str(pk))
        if not request.user.has_perm(ORDERS):
            raise PermissionDenied
        if found is None or name not in ACTS:
            raise Http404
        assert isinstance(request.user, User)
        try:
            _act(found, name, request.POST, request.user)
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            done = str(DONE[name] % {"number": found})
            self.log_change(request, found, done)
            messages.success(request, done)
        return redirect("admin:ledger_order_change", pk)


@transaction.atomic
def _act(found: Order, name: str, sent: Mapping[str, str], by: User) -> None:
    """Decide under the order's lock. Raises `wrong_state` when it moved since it was seen."""
    order, much = locked_order(found), ZERO
    if sent.get("seen") != token(order):
        raise DomainError("wrong_state", state=order.get_status_display())
    if name in TAKES_AMOUNT:
        much = parse_amount(sent.get("amount", ""), order.amount.currency.code)
    ACTS[name](order, by, much, moment())
