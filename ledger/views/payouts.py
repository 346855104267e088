"""Console pages about money that leaves: withdrawals, and transfers inside an organization."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import CustomerAccount
from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import Page, number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import in_currency
from ledger.forms.payouts import MemberTransferForm, WithdrawForm
from ledger.models import MemberTransfer, Withdrawal
from ledger.presenters import payouts
from ledger.queries.balances import withdrawable
from ledger.services.payouts.transferring import transfer_partners, transfer_to_member
from ledger.services.payouts.withdrawing import preview_withdrawal, request_withdrawal

LATEST = 10


@require_GET
@console
def withdrawals(request: ConsoleRequest) -> HttpResponse:
    """What can be withdrawn, why not more, and every withdrawal with its steps."""
    customer = request.acting.customer
    mine = Withdrawal.objects.filter(customer=customer)
    shown_page = page(mine, number(request.GET))
    rows = [payouts.row(withdrawal) for withdrawal in shown_page.rows]
    context = {
        "page": Page(rows=rows, older=shown_page.older, is_first=shown_page.is_first),
        **_leaving(customer),
    }
    return render(request, "ledger/withdrawals.html", context)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def withdraw(request: ConsoleRequest) -> HttpResponse:
    """How much and to where; then where each part goes, to confirm; then it is asked for."""
    customer = request.acting.customer
    sent = request.POST or ("amount" in request.GET and request.GET) or None
    form = WithdrawForm(sent, customer=customer)
    context: dict[str, Any] = {"form": form}
    if sent is None or not form.is_valid():
        return render(request, "ledger/withdraw.html", {**context, **_leaving(customer)})
    refusal = None
    try:
        if request.method == "POST":
            made = _ask(request, form)
            words = gettext("%(number)s is requested. You get a message when it is paid out.")
            messages.success(request, words % {"number": made})
            return addresses.redirect("ledger:withdrawals")
        context["destination"] = payouts.destination_rows(
            preview_withdrawal(customer=customer, at=moment(), **form.cleaned_data)
        )
    except DomainError as error:
        refusal = error
    return _answer(request, "ledger/withdraw.html", {**context, **_leaving(customer)}, refusal)


def _ask(request: ConsoleRequest, form: WithdrawForm) -> Withdrawal:
    return request_withdrawal(
        customer=request.acting.customer,
        idempotency_key=key_of(request),
        by=request.user,
        at=moment(),
        **form.cleaned_data,
    )


@require_http_methods(["GET", "POST"])
@acts
@keyed
def member_transfer(request: ConsoleRequest) -> HttpResponse:
    """Move cash to another account of the organization: how much, confirm, done; the latest ones."""
    customer = request.acting.customer
    partners = transfer_partners(customer, request.user)
    sent = request.POST or ("amount" in request.GET and request.GET) or None
    form = MemberTransferForm(sent, customer=customer, partners=partners)
    context: dict[str, Any] = {
        "form": form,
        "partners": partners,
        "latest": MemberTransfer.objects.filter(Q(giver=customer) | Q(taker=customer))
        .select_related("giver", "taker")
        .order_by("-pk")[:LATEST],
    }
    refusal = None
    if sent is not None and form.is_valid():
        taker = next(partner for partner in partners if partner.pk == form.cleaned_data["taker"])
        context["taker"] = taker
        try:
            if request.method == "POST":
                _transfer(request, taker, form)
                return addresses.redirect("ledger:member_transfer")
        except DomainError as error:
            refusal = error
    context.update(_leaving(customer))
    return _answer(request, "ledger/member_transfer.html", context, refusal)


def _transfer(request: ConsoleRequest, taker: CustomerAccount, form: MemberTransferForm) -> None:
    moved = transfer_to_member(
        giver=request.acting.customer,
        taker=taker,
        amount=form.cleaned_data["amount"],
        reference=key_of(request),
        by=request.user,
        at=moment(),
    )
    words = gettext("%(amount)s moved to %(account)s.")
    amount = in_currency(moved.amount.amount, moved.amount.currency.code)
    messages.success(request, words % {"amount": amount, "account": taker.name})


def _leaving(customer: CustomerAccount) -> dict[str, Any]:
    leaving = withdrawable(customer)
    return {"withdrawable": leaving, "lines": payouts.line_rows(leaving)}


def _answer(
    request: ConsoleRequest,
    template: str,
    context: Mapping[str, Any],
    refusal: DomainError | None,
) -> HttpResponse:
    shown = {**context, "error": refusals.sentence(refusal) if refusal else ""}
    return render(request, template, shown, status=refusals.status(refusal) if refusal else 200)
