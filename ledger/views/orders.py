"""Console pages about one order: its story and its money, and renewing it."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import keyed
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.models import Order
from ledger.ports.habits import habits_of
from ledger.presenters import orders
from ledger.queries.balances import fund_balances
from ledger.queries.listings import orders_of
from ledger.services.orders import changing


@require_GET
@console
def order(request: ConsoleRequest, order_id: int) -> HttpResponse:
    """One order: what happened, what paid for it (for whoever paid), what can be done."""
    order_shown, acting = my_order(request, order_id), request.acting
    is_payer = order_shown.payer_id == acting.customer.pk
    offered = orders.actions(order_shown, acting.customer, moment()) if acting.may_ask else []
    context = {
        "order": order_shown,
        "is_payer": is_payer,
        "by_another": order_shown.payer_id != order_shown.customer_id,
        "payer_invoices": habits_of(order_shown.payer).payer_invoices,
        "steps": orders.timeline(order_shown, with_money=is_payer),
        "sources": orders.sources(order_shown.charge) if is_payer else [],
        "renewal": changing.renewal_of(order_shown),
        "actions": [
            (action, refusals.sentence(DomainError(action.reason, **action.values)))
            if action.reason
            else (action, "")
            for action in offered
        ],
    }
    return render(request, "ledger/order.html", context)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def renew(request: ConsoleRequest, order_id: int) -> HttpResponse:
    """What renewing costs and until when it lasts; then pay it from this account's balance.

    Whoever renews pays: nobody spends the money of another account.
    """
    order, at, customer = my_order(request, order_id), moment(), request.acting.customer
    offer, refusal = None, None
    try:
        if request.method == "POST":
            made = changing.renewal_of(order) or _renew(request, order, at)
            day = f"{made.ends_on:%Y-%m-%d}"
            messages.success(request, gettext("Renewed until %(day)s.") % {"day": day})
            return addresses.redirect("ledger:order", made.pk)
        offer = changing.renewal_offer(order, at)
    except DomainError as error:
        refusal = error
        if error.code == "confirm_amount_changed":
            offer = changing.renewal_offer(order, at)
    context = {
        "order": order,
        "offer": offer,
        "possible": offer is not None,
        "balance": fund_balances(customer)["cash"],
        "error": refusals.sentence(refusal) if refusal else "",
    }
    failed = refusal if request.method == "POST" else None
    return render(
        request, "ledger/renew.html", context, status=refusals.status(failed) if failed else 200
    )


def _renew(request: ConsoleRequest, order: Order, at: datetime) -> Order:
    """Renew as it was confirmed. Raises `confirm_amount_changed` when the offer is another by now."""
    offer = changing.renewal_offer(order, at)
    if request.POST.get("seen") != offer.seen:
        raise DomainError("confirm_amount_changed", amount=offer.amount)
    return changing.renew(
        order=order,
        number=offer.number,
        amount=offer.amount,
        ends_on=offer.term.ends_on,
        payer=request.acting.customer,
        at=at,
    )


def my_order(request: ConsoleRequest, order_id: int) -> Order:
    """The order, if this customer uses it or paid for it. Raises Http404."""
    order = orders_of(request.acting.customer).filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order
