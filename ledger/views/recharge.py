"""Console pages to recharge: online payment, the dedicated account, and the page of our sandbox channel."""

import uuid
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses
from finance_console.doors.paging import number, page
from finance_console.doors.refusals import UNPROCESSABLE, sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger import channels
from ledger.channels.base import FAILED, PAID
from ledger.channels.sandbox import Sandbox
from ledger.forms.recharge import RechargeForm
from ledger.models import DedicatedAccount, Payment
from ledger.queries.balances import fund_balances
from ledger.services.recharges import dedicated, online

Status = Payment.Status


@require_GET
@console
@keyed
def recharge(request: ConsoleRequest) -> HttpResponse:
    """Pay online, or by bank transfer to the customer's own account number; and what became of it."""
    return _page(request, RechargeForm(currency=request.acting.customer.currency))


@require_POST
@acts
def pay(request: ConsoleRequest) -> HttpResponse:
    """Ask for a payment, then go where it is paid: the channel is called when nothing is locked."""
    customer, channel = request.acting.customer, channels.offered()
    if channel is None:
        raise Http404
    form = RechargeForm(request.POST, currency=customer.currency)
    if not form.is_valid():
        return _page(request, form)
    try:
        asked = online.start_payment(
            customer=customer,
            amount=form.cleaned_data["amount"],
            channel=channel,
            key=key_of(request),
            at=moment(),
        )
    except DomainError as error:
        form.add_error("amount", sentence(error))
        return _page(request, form)
    return addresses.redirect("ledger:payment_go", asked.token)


@require_GET
@acts
def go(request: ConsoleRequest, token: str) -> HttpResponse:
    """On to where this payment is paid; back to its page when there is nothing to pay any more."""
    payment = _mine(request, token)
    if not _waits(payment):
        return addresses.redirect("ledger:payment", payment.token)
    return redirect(online.where_to_pay(payment))


def _waits(payment: Payment) -> bool:
    return payment.status in (Status.CREATED, Status.FAILED)


@require_POST
@acts
def dedicated_account(request: ConsoleRequest) -> HttpResponse:
    """Get the account number to transfer to; it stays the same for ever."""
    dedicated.assign_dedicated_account(customer=request.acting.customer)
    return addresses.redirect("ledger:recharge")


@require_GET
@console
def payment(request: ConsoleRequest, token: str) -> HttpResponse:
    """What became of one payment; the channel sends the customer back to here."""
    payment_shown = _mine(request, token)
    context = {
        "payment": payment_shown,
        "can_pay": _waits(payment_shown)
        and request.acting.may_act
        and channels.is_offered(payment_shown.channel),
        "balance": fund_balances(request.acting.customer)["cash"],
    }
    return render(request, "ledger/payment.html", context)


@require_http_methods(["GET", "POST"])
@acts
def sandbox(request: ConsoleRequest, token: str) -> HttpResponse:
    """The page of the sandbox channel, where one chooses what the channel does."""
    payment = _mine(request, token)
    if payment.channel != "sandbox" or not settings.PAYMENT_SANDBOX:
        raise Http404
    if request.method == "POST":
        _play(request.POST.get("do", ""), payment, moment())
        return addresses.redirect("ledger:payment", payment.token)
    return render(request, "ledger/sandbox.html", {"payment": payment})


def _play(what: str, payment: Payment, at: datetime) -> None:
    """Answer as the channel would: signed, once, twice, after the payment expired, or never."""
    if what == "late":
        online.expire(payment=payment, at=max(at, payment.expires_at))
    if what in ("pay", "late", "twice", "fail"):
        _call(payment, FAILED if what == "fail" else PAID, at, times=2 if what == "twice" else 1)
    elif what != "never":
        raise Http404


def _call(payment: Payment, outcome: str, at: datetime, times: int) -> None:
    channel = Sandbox(settings.PAYMENT_SANDBOX_SECRET)
    headers, body = channel.call(event_id=uuid.uuid4().hex, payment=payment, outcome=outcome, at=at)
    for _time in range(times):
        online.take_callback(channel="sandbox", headers=headers, body=body, at=at)


def _mine(request: ConsoleRequest, token: str) -> Payment:
    payment = Payment.objects.filter(customer=request.acting.customer, token=token).first()
    if payment is None:
        raise Http404
    return payment


def _page(request: ConsoleRequest, form: RechargeForm) -> HttpResponse:
    customer = request.acting.customer
    context = {
        "form": form,
        "online": channels.offered(),
        "transfer": dedicated.is_offered(),
        "account": DedicatedAccount.objects.filter(customer=customer).first(),
        "bank": settings.BANK_TRANSFER_BANK,
        "payee": settings.BANK_TRANSFER_PAYEE,
        "balance": fund_balances(customer)["cash"],
        "page": page(Payment.objects.filter(customer=customer), number(request.GET)),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "ledger/recharge.html", context, status=status)
