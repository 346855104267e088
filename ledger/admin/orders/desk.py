"""Prepaid orders in the admin: found, told with their money, and what staff do with one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.admin.facts import FactAdmin, amount, currency, grouped
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO, parse_amount
from ledger.admin.buttons import Button
from ledger.admin.orders.preview import changes, foretell, token
from ledger.models import Order
from ledger.presenters import orders
from ledger.services.operators import ORDERS
from ledger.services.orders import deciding
from ledger.services.orders.paying import locked_order

PAGE = "admin:ledger_order_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A decision: its button, what it does with (order, person, amount, at), the words around it."""

    button: Button
    act: Callable[[Order, User, Decimal, datetime], object]
    done: Promise
    title: str | Promise = ""


BACK = _("The money is back on the balance.")
DEEDS: Mapping[str, Deed] = {
    "deliver": Deed(
        button=Button(words=_("It is delivered"), primary=True),
        act=lambda row, by, much, at: deciding.deliver_by_staff(order=row, by=by, at=at),
        done=_("%(number)s is delivered."),
    ),
    "return": Deed(
        button=Button(
            words=_("Give it back"),
            asks=_("Cash to give back"),
            help=_("The next page says what it does, before anything is done."),
            amount=True,
            previews=True,
        ),
        act=lambda row, by, much, at: deciding.give_part_back(
            order=row, returned=much, by=by, at=at
        ),
        done=BACK,
        title=_("Give %(amount)s back for %(number)s?"),
    ),
    "price": Deed(
        button=Button(
            words=_("Downgrade"),
            asks=_("Price after the downgrade"),
            help=_("What the price so far is above it goes back."),
            amount=True,
            previews=True,
        ),
        act=lambda row, by, much, at: deciding.give_part_back(
            order=row, new_price=much, by=by, at=at
        ),
        done=BACK,
        title=_("Downgrade %(number)s to %(amount)s?"),
    ),
    "unsubscribe": Deed(
        button=Button(words=_("Unsubscribe for the customer"), previews=True),
        act=lambda row, by, much, at: deciding.unsubscribe_by_staff(order=row, by=by, at=at),
        done=_("%(number)s is unsubscribed."),
        title=_("Unsubscribe %(number)s?"),
    ),
    "fail": Deed(
        button=Button(words=_("It cannot be delivered: give all back"), previews=True),
        act=lambda row, by, much, at: deciding.fail_by_staff(order=row, by=by, at=at),
        done=_("%(number)s failed. The money is back on the balance."),
        title=_("Give all back for %(number)s?"),
    ),
}
OFFERED: Mapping[str, tuple[str, ...]] = {
    "paid": ("deliver", "return", "price", "fail"),
    "delivered": ("return", "price", "unsubscribe"),
}


def state(order: Order) -> str:
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
        preview = self.admin_site.admin_view(require_GET(self.preview_view))
        return [
            path("<int:pk>/do/<slug:name>/", act, name="ledger_order_do"),
            path("<int:pk>/preview/<slug:name>/", preview, name="ledger_order_preview"),
            *super().get_urls(),
        ]

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
        charge = found.charge
        context = {
            "title": found.number,
            "order": found,
            "amounts": [
                (_("Price"), grouped(found.amount.amount)),
                (_("Paid in cash"), grouped(charge.cash)),
                (_("Cash returned"), grouped(charge.refunded)),
                (_("Cash that can go back"), grouped(charge.cash - charge.refunded)),
            ],
            "steps": orders.timeline(found, with_money=True),
            "sources": orders.sources(charge),
            "buttons": _buttons(found) if request.user.has_perm(ORDERS) else [],
            "seen": state(found),
        }
        return self._page(request, "order", context)

    def preview_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """What a decision would do to money and invoices, to be confirmed. Nothing is changed.

        403 for whoever may not decide; any other refusal is a message on the page of the order.
        """
        found, deed, person = self._asked(request, pk, name)
        at, sent = moment(), request.GET.get("amount", "")
        try:
            much = _much(found, deed, sent)
            foretold = foretell(found, partial(deed.act, found, person, much, at), at)
        except DomainError as error:
            messages.error(request, sentence(error))
            return redirect(PAGE, pk)
        context = {
            "title": deed.title % {"number": found, "amount": grouped(much)},
            "order": found,
            "name": name,
            "button": deed.button,
            "changes": foretold,
            "several": len({change.before.whose for change in foretold}) > 1,
            "notes": [change.note for change in foretold if change.note],
            "sent": sent,
            "seen": f"{state(found)} {token(foretold)}",
        }
        return self._page(request, "order_preview", context)

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Do it, if it does what was seen. POST only.

        403 for whoever may not; any other refusal is a message on the page.
        """
        found, deed, person = self._asked(request, pk, name)
        try:
            _decide(found, deed, request.POST, person)
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            done = str(deed.done % {"number": found})
            self.log_change(request, found, done)
            messages.success(request, done)
        return redirect(PAGE, pk)

    def _asked(self, request: HttpRequest, pk: int, name: str) -> tuple[Order, Deed, User]:
        """Raises PermissionDenied without the right to decide, Http404 for what there is not."""
        if not isinstance(request.user, User) or not request.user.has_perm(ORDERS):
            raise PermissionDenied
        found = self.get_object(request, str(pk))
        if found is None or name not in DEEDS:
            raise Http404
        return found, DEEDS[name], request.user

    def _page(self, request: HttpRequest, template: str, values: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, f"admin/ledger/{template}.html", context)


def _buttons(order: Order) -> list[tuple[str, str, Button]]:
    """Name, address and button of what its state allows."""
    found = []
    for name in OFFERED.get(order.status, ()):
        if name == "unsubscribe" and order.ends_on is None:
            continue  # no days to count
        button = DEEDS[name].button
        view = "preview" if button.previews else "do"
        found.append((name, reverse(f"admin:ledger_order_{view}", args=[order.pk, name]), button))
    return found


def _much(order: Order, deed: Deed, sent: str) -> Decimal:
    """The amount that was typed; nothing where none is asked. Raises `invalid_amount`."""
    return parse_amount(sent, order.amount.currency.code) if deed.button.amount else ZERO


@transaction.atomic
def _decide(found: Order, deed: Deed, sent: Mapping[str, str], by: User) -> None:
    """Do it under the order's lock, as it was seen.

    Raises `wrong_state` when the order moved since, `changed_meanwhile` when it would do something
    else by now.
    """
    at, order = moment(), locked_order(found)
    seen, _blank, effect = sent.get("seen", "").partition(" ")
    if seen != state(order):
        raise DomainError("wrong_state", state=order.get_status_display())
    act = partial(deed.act, order, by, _much(order, deed, sent.get("amount", "")), at)
    if not deed.button.previews:
        act()
    elif token(changes(order, act, at)) != effect:
        raise DomainError("changed_meanwhile")
