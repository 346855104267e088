"""Giving an order up. It is here and not in the ledger, because it says what it does to invoices."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.views.acting import ConsoleRequest, acts
from accounts.views.submitting import keyed
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.channels import IssuingChannel, SandboxChannel
from invoicing.services.crediting.after_refund import refund_and_credit
from invoicing.services.crediting.preview import Outcome, preview_refund
from ledger.models import Order
from ledger.presenters.orders import may_unsubscribe
from ledger.services.orders.changing import Unsubscribing, unsubscribe_preview
from ledger.services.orders.changing import unsubscribe as give_up
from ledger.views.orders import my_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What giving the order up does. `credited` None: its invoices cannot be credited at once."""

    preview: Unsubscribing
    deficit: Decimal
    plain: Outcome
    credited: Outcome | None


@require_http_methods(["GET", "POST"])
@acts
@keyed
def unsubscribe(request: ConsoleRequest, order_id: int) -> HttpResponse:
    """What comes back, whether a deficit opens and how it can be avoided; then do it (B31, D02)."""
    order, at = my_order(request, order_id), moment()
    if request.method == "POST" and order.status == Order.Status.UNSUBSCRIBED:
        return addresses.redirect("ledger:order", order.pk)  # confirmed twice
    ways: Ways | None = None
    refusal: DomainError | None = None
    try:
        may_unsubscribe(order, request.acting.customer, at)
        ways = _ways(request, order, at)
        if request.method == "POST":
            if request.POST.get("seen") != str(ways.preview.returned):
                raise DomainError("confirm_amount_changed", amount=ways.preview.returned)
            if request.POST.get("way") == "credit":
                _credit_too(request, order, at)
            else:
                give_up(order=order, at=at)
            messages.success(
                request, gettext("%(number)s is unsubscribed.") % {"number": order.number}
            )
            return addresses.redirect("ledger:order", order.pk)
    except DomainError as error:
        refusal = error
    context = {
        "order": order,
        "ways": ways,
        "preview": ways and ways.preview,
        "possible": ways is not None,
        "error": refusals.sentence(refusal) if refusal else "",
    }
    failed = refusal if request.method == "POST" else None
    return render(
        request,
        "invoicing/unsubscribe.html",
        context,
        status=refusals.status(failed) if failed else 200,
    )


def _ways(request: ConsoleRequest, order: Order, at: datetime) -> Ways:
    """Both ways tried out. Raises what `unsubscribe_preview` raises."""
    customer, preview = request.acting.customer, unsubscribe_preview(order, at)
    trying = partial(preview_refund, customer=customer, charge=order.charge, at=at)
    plain, credited = trying(refund=lambda: give_up(order=order, at=at)), None
    if plain.opened:
        credit_too = partial(_credit_too, request, order, at, SandboxChannel(seconds=0))
        with suppress(DomainError):  # paper, booked, or in work: the deficit is the only way
            credited = trying(refund=credit_too)
    return Ways(preview=preview, deficit=plain.opened, plain=plain, credited=credited)


def _credit_too(
    request: ConsoleRequest, order: Order, at: datetime, channel: IssuingChannel | None = None
) -> None:
    """Give the order up and credit its invoices for what is missing then."""
    refund_and_credit(
        charge=order.charge,
        give_back=lambda: give_up(order=order, at=at),
        actor=request.user,
        at=at,
        reference=f"unsubscribe:{order.number}",
        channel=channel,
    )
