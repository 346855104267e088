"""Copies of lost invoices in the admin: the list, and allowing one from the page of its ticket."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin
from accounts.models import Ticket
from accounts.services.tickets import PERMISSION
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.admin.proforma import TICKET, person_with
from invoicing.models import InvoiceCopy
from invoicing.services.issuing.copying import grant_copy


class GrantForm(forms.Form):
    """Of which invoice, on the strength of which file of the ticket."""

    invoice = forms.CharField(label=_("Invoice number"), max_length=40)
    certificate = forms.IntegerField(label=_("Loss certificate"))


@admin.register(InvoiceCopy)
class InvoiceCopyAdmin(FactAdmin):
    list_display = ("invoice", "ticket", "granted_by", "granted_at")
    list_select_related = ("invoice", "ticket", "granted_by")
    search_fields = ("invoice__number",)

    def get_urls(self) -> list[Any]:
        grant = self.admin_site.admin_view(require_POST(self.grant_view))
        name = "invoicing_invoicecopy_grant"
        return [path("for-ticket/<int:ticket_id>/", grant, name=name), *super().get_urls()]

    def grant_view(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Allow a copy. POST only; a refusal is a message on the ticket."""
        by = person_with(request, PERMISSION)
        ticket = Ticket.objects.filter(pk=ticket_id).first()
        form = GrantForm(request.POST)
        if ticket is None or not form.is_valid():
            raise Http404
        values = form.cleaned_data
        try:
            copy = grant_copy(
                ticket=ticket,
                number=values["invoice"],
                certificate_id=values["certificate"],
                by=by,
                at=moment(),
            )
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            words = gettext("The customer may download a copy of %(number)s now.")
            messages.success(request, words % {"number": copy.invoice.number})
        return redirect(reverse(TICKET, args=[ticket_id]))
