"""Console pages about funds: what there is, until when, for what, and where each lot was spent."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import CustomerAccount
from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import keyed
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import in_currency
from ledger.models import LedgerAccount, Lot, LotUse
from ledger.presenters.movements import movements
from ledger.queries.balances import fund_balances, spending_order
from ledger.services.funds.redeeming import redeem as redeem_code


class RedeemForm(forms.Form):
    """An activation code, as it is printed or typed."""

    code = forms.CharField(
        label=_("Activation code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=_("Spaces, dashes and small letters do not matter."),
    )


def lots_of(customer: CustomerAccount) -> QuerySet[Lot]:
    """The customer's lots: the only door to them for a customer."""
    return Lot.objects.filter(customer=customer).select_related("product", "entity", "source")


@require_GET
@console
@keyed
def funds(request: ConsoleRequest) -> HttpResponse:
    """The balance of each fund in the order it is spent, and the lots it consists of."""
    return _page(request, RedeemForm(label_suffix=""))


@require_GET
@console
def lot(request: ConsoleRequest, lot_id: int) -> HttpResponse:
    """One lot: where it came from, and everything it paid for."""
    lot_shown = lots_of(request.acting.customer).filter(pk=lot_id).first()
    if lot_shown is None:
        raise Http404
    uses = LotUse.objects.filter(lot=lot_shown).select_related(
        "transfer", "charge__order", "charge__bill_line__bill"
    )
    shown = page(uses, number(request.GET))
    context = {
        "lot": lot_shown,
        "came": movements([lot_shown], lambda lot: lot.source)[0],
        "page": shown,
        "uses": movements(shown.rows, lambda use: use.transfer),
    }
    return render(request, "ledger/lot.html", context)


@require_POST
@acts
def redeem(request: ConsoleRequest) -> HttpResponse:
    """Redeem an activation code."""
    form = RedeemForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, form, refusals.UNPROCESSABLE)
    try:
        got = redeem_code(
            customer=request.acting.customer, code=form.cleaned_data["code"], at=moment()
        )
    except DomainError as error:
        form.add_error("code", refusals.sentence(error))
        return _page(request, form, refusals.status(error))
    words = gettext("%(amount)s were added to your funds: %(fund)s.")
    amount = in_currency(got.amount, got.currency)
    messages.success(request, words % {"amount": amount, "fund": got.get_fund_display()})
    return addresses.redirect("ledger:funds")


def _page(request: ConsoleRequest, form: RedeemForm, status: int = 200) -> HttpResponse:
    customer, before = request.acting.customer, number(request.GET)
    balances, names = fund_balances(customer), dict(LedgerAccount.Bucket.choices)
    used = max(-balances[LedgerAccount.Bucket.CASH], ZERO)
    shown = page(lots_of(customer).filter(remaining__gt=0), before)
    context = {
        "form": form,
        "at": moment(),
        "funds": [(names[fund], balances[fund]) for fund in spending_order(customer)],
        "limit": customer.credit_limit,
        "used": used,
        "left": customer.credit_limit - used,
        "page": shown,
        "lots": movements(shown.rows, lambda lot: lot.source),
    }
    return render(request, "ledger/funds.html", context, status=status)
