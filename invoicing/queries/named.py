"""The document of a customer that a number names, as people write it (B17)."""

import re
from collections.abc import Callable

from django.db.models import Model, Q, QuerySet

from accounts.models import CustomerAccount, Ticket
from accounts.ports.documents import Place
from invoicing.models import CreditNote, CreditRequest, Invoice, InvoiceApplication, Proforma
from ledger.models import Bill, Order, Withdrawal

OWN = re.compile(r"([A-Z]{1,3})-0*([1-9][0-9]{0,17})")
INVOICE_DIGITS = 20


def place_of(customer: CustomerAccount, written: str) -> Place | None:
    """Where it is shown; None for what is no document of this customer. At most three queries."""
    text = "".join(written.split()).upper()
    own = OWN.fullmatch(text)
    if own and own[1] in PREFIXES:
        return PREFIXES[own[1]](customer, int(own[2]))
    if text.isascii() and text.isdecimal() and len(text) == INVOICE_DIGITS:
        return _invoice(customer, text) or _credit_note(customer, text)
    return _order(customer, text) or _bill(customer, text) or _proforma(customer, text)


def _first(rows: QuerySet[Model], field: str = "pk") -> int | None:
    return rows.order_by("pk").values_list(field, flat=True).first()


def _application(customer: CustomerAccount, pk: int) -> Place | None:
    if _first(InvoiceApplication.objects.filter(customer=customer, pk=pk)) is None:
        return None
    return Place("invoicing_invoiceapplication", pk, "invoicing:application", (pk,))


def _credit_request(customer: CustomerAccount, pk: int) -> Place | None:
    if _first(CreditRequest.objects.filter(customer=customer, pk=pk)) is None:
        return None
    return Place("invoicing_creditrequest", pk, "invoicing:credit", (pk,))


def _withdrawal(customer: CustomerAccount, pk: int) -> Place | None:
    if _first(Withdrawal.objects.filter(customer=customer, pk=pk)) is None:
        return None
    return Place("ledger_withdrawal", pk, "ledger:withdrawals")


def _ticket(customer: CustomerAccount, pk: int) -> Place | None:
    if _first(Ticket.objects.filter(customer=customer, pk=pk)) is None:
        return None
    return Place("accounts_ticket", pk, "accounts:ticket", (pk,))


def _invoice(customer: CustomerAccount, number: str) -> Place | None:
    named = Invoice.objects.filter(number=number, application__customer=customer)
    row = named.values_list("pk", "application").first()
    return Place("invoicing_invoice", row[0], "invoicing:application", (row[1],)) if row else None


def _credit_note(customer: CustomerAccount, number: str) -> Place | None:
    named = CreditNote.objects.filter(number=number, invoice__application__customer=customer)
    row = named.values_list("pk", "request").first()
    return Place("invoicing_creditnote", row[0], "invoicing:credit", (row[1],)) if row else None


def _order(customer: CustomerAccount, number: str) -> Place | None:
    theirs = Order.objects.filter(Q(customer=customer) | Q(payer=customer))
    pk = _first(theirs.filter(number__iexact=number))
    return Place("ledger_order", pk, "ledger:order", (pk,)) if pk else None


def _bill(customer: CustomerAccount, number: str) -> Place | None:
    pk = _first(Bill.objects.filter(customer=customer, number__iexact=number))
    return Place("ledger_bill", pk, "ledger:bill", (pk,)) if pk else None


def _proforma(customer: CustomerAccount, number: str) -> Place | None:
    row = (
        Proforma.objects.filter(customer=customer, number__iexact=number)
        .values_list("pk", "ticket")
        .first()
    )
    if row is None:
        return None
    page, keys = ("accounts:ticket", (row[1],)) if row[1] else ("accounts:tickets", ())
    return Place("invoicing_proforma", row[0], page, keys)


PREFIXES: dict[str, Callable[[CustomerAccount, int], Place | None]] = {
    "APP": _application,
    "CR": _credit_request,
    "WD": _withdrawal,
    "T": _ticket,
}
"""How our own numbers begin."""
