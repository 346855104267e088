"""Invoices for customers overseas in the admin: the list, drafting one for a ticket, adding the sealed scan."""

from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Route
from accounts.admin.facts import amount, currency
from accounts.admin.tickets import page_of, ticket_of
from accounts.forms.upload_fields import DocumentsField
from accounts.models import User
from accounts.services.tickets import PERMISSION
from finance_console.kernel.errors import DomainError
from invoicing.admin.invoices.files import DownloadAdmin
from invoicing.models import Proforma
from invoicing.services.overseas.drafting import pdf_of
from invoicing.services.overseas.proforma import make_proformas, seal_proforma
from ledger.models import Bill, Order


class MakeForm(forms.Form):
    """Of which bill or order, in which form."""

    bill = forms.CharField(label=_("Bill or order"), max_length=40)
    form = forms.ChoiceField(label=_("Form"), choices=Proforma.Form.choices)


def _sold(customer_id: int, number: str) -> Bill | Order:
    """The bill or the paid order of that number. Raises `bill_unknown`."""
    bill = Bill.objects.filter(customer=customer_id, number=number).first()
    paid = Order.objects.select_related("charge", "payer").filter(payer=customer_id, number=number)
    if (sold := bill or paid.first()) is None:
        raise DomainError("bill_unknown", number=number)
    return sold


class SealForm(forms.Form):
    """The scan with the seal."""

    scan = DocumentsField(label=_("Scan with the seal"))


@admin.register(Proforma)
class ProformaAdmin(DownloadAdmin):
    """Whoever may answer tickets drafts and seals, from the page of the ticket."""

    list_display = (
        "number", "customer", "entity", "form", amount("total", _("total")), currency, "status", "issued_at",
        "download",
    )  # fmt: skip
    list_select_related = ("customer", "entity")
    list_filter = ("status", "form")
    search_fields = ("number", "customer__code")

    permission = PERMISSION
    routes = (
        Route(address="for-ticket/<int:ticket_id>/", view="make_view", name="make", only="POST"),
        Route(address="<int:pk>/seal/", view="seal_view", name="seal", only="POST"),
    )

    def content(self, row: Proforma) -> bytes:
        return pdf_of(row)

    def make_view(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Draft what the ticket asks for. POST only; a refusal is a message on the ticket."""
        ticket, form = ticket_of(ticket_id), MakeForm(request.POST)
        if not form.is_valid():
            raise Http404
        values = form.cleaned_data

        def act(by: User, at: datetime) -> str:
            sold = _sold(ticket.customer_id, values["bill"].strip())
            made = make_proformas(ticket=ticket, sold=sold, by=by, at=at, form=values["form"])
            words = gettext("Drafted: %(numbers)s. The customer confirms it.")
            return words % {"numbers": ", ".join(row.number for row in made)}

        return self.carry_out(request, act, to=page_of(ticket_id), about=ticket)

    def seal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add the sealed scan. POST only; a refusal is a message on the ticket."""
        proforma, form = self.row(pk), SealForm(request.POST, request.FILES)
        if proforma.ticket_id is None:
            raise Http404
        page = page_of(proforma.ticket_id)
        if not form.is_valid():
            for problem in form.errors.get("scan", []):
                messages.error(request, str(problem))
            return self.go(request, page)

        def act(by: User, at: datetime) -> str:
            seal_proforma(proforma=proforma, scan=form.cleaned_data["scan"][0], by=by, at=at)
            words = gettext("%(number)s is sealed. The customer gets a message.")
            return words % {"number": proforma.number}

        return self.carry_out(request, act, to=page, about=proforma)
