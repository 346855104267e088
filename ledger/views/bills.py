"""Console pages about money: income and expenses, orders, bills."""

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.views.acting import ConsoleRequest, console
from finance_console.doors.paging import SIZE, cut, number, page
from ledger.models import BillLine
from ledger.presenters.movements import movements
from ledger.queries.balances import fund_balances
from ledger.queries.books import fund_account
from ledger.queries.books import statement as entries_of
from ledger.queries.listings import bills_of, find_orders, late_months
from ledger.views.exports import asked_for, kept_days


@require_GET
@console
def statement(request: ConsoleRequest) -> HttpResponse:
    """Every movement of the cash balance with the balance after it, newest first; `first`, `last`: days."""
    customer, before = request.acting.customer, number(request.GET)
    asked = asked_for(request.GET)
    entries = entries_of(fund_account(customer), first=asked.first, last=asked.last, before=before)
    shown = cut(list(entries[: SIZE + 1]), key="version", is_first=before is None)
    context = {
        "page": shown,
        "movements": movements(shown.rows, lambda entry: entry.transfer),
        "balance": fund_balances(customer)["cash"],
        "asked": asked,
        "kept": kept_days(request.GET),
    }
    return render(request, "ledger/statement.html", context)


@require_GET
@console
def orders(request: ConsoleRequest) -> HttpResponse:
    """Prepaid orders, newest first; `q` is part of an order or contract number."""
    text = request.GET.get("q", "").strip()[:60]
    orders_page = page(find_orders(request.acting.customer, text), number(request.GET))
    return render(request, "ledger/orders.html", {"page": orders_page, "text": text})


@require_GET
@console
def bills(request: ConsoleRequest) -> HttpResponse:
    """Bills, newest first."""
    bills_page = page(bills_of(request.acting.customer), number(request.GET))
    return render(request, "ledger/bills.html", {"page": bills_page})


@require_GET
@console
def bill(request: ConsoleRequest, bill_id: int) -> HttpResponse:
    """One bill: its lines with exact usage, rounding and what is to be paid."""
    lines = BillLine.objects.select_related("product", "tax_category__entity").order_by("pk")
    mine = bills_of(request.acting.customer).prefetch_related(
        Prefetch("lines", queryset=lines), "proformas__entity"
    )
    bill_shown = mine.filter(pk=bill_id).first()
    if bill_shown is None:
        raise Http404
    return render(
        request, "ledger/bill.html", {"bill": bill_shown, "late": late_months(bill_shown)}
    )
