"""Copies of lost invoices in the admin: the list, and allowing one from the page of its ticket."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route
from accounts.admin.tickets import page_of, ticket_of
from accounts.models import User
from accounts.services.tickets import PERMISSION
from invoicing.models import InvoiceCopy
from invoicing.services.issuing.copying import grant_copy


class GrantForm(forms.Form):
    """Of which invoice, on the strength of which file of the ticket."""

    invoice = forms.CharField(label=_("Invoice number"), max_length=40)
    certificate = forms.IntegerField(label=_("Loss certificate"))


@admin.register(InvoiceCopy)
class InvoiceCopyAdmin(Desk):
    list_display = ("invoice", "ticket", "granted_by", "granted_at")
    list_select_related = ("invoice", "ticket", "granted_by")
    search_fields = ("invoice__number",)
    customer_through = ("ticket__customer",)
    numbered = {"T": "ticket__id"}

    routes = (
        Route(
            address="for-ticket/<int:ticket_id>/",
            view="grant_view",
            name="grant",
            permission=PERMISSION,
            only="POST",
        ),
    )

    def grant_view(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Allow a copy. POST only; a refusal is a message on the ticket."""
        ticket, form = ticket_of(ticket_id), GrantForm(request.POST)
        if not form.is_valid():
            raise Http404
        values = form.cleaned_data

        def act(by: User, at: datetime) -> str:
            copy = grant_copy(
                ticket=ticket,
                number=values["invoice"],
                certificate_id=values["certificate"],
                by=by,
                at=at,
            )
            words = gettext("The customer may download a copy of %(number)s now.")
            return words % {"number": copy.invoice.number}

        return self.carry_out(request, act, to=page_of(ticket_id), about=ticket)
