"""Invoices for customers overseas in the admin: the list, drafting one for a ticket, adding the sealed scan."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin.facts import amount, currency
from accounts.forms.upload_fields import DocumentsField
from accounts.models import Ticket, User
from accounts.services.tickets import PERMISSION
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.admin.invoices.files import DownloadAdmin
from invoicing.models import Proforma
from invoicing.services.overseas.drafting import pdf_of
from invoicing.services.overseas.proforma import make_proformas, seal_proforma
from ledger.models import Bill

TICKET = "admin:accounts_ticket_change"


class MakeForm(forms.Form):
    """Of which bill, in which form."""

    bill = forms.CharField(label=_("Bill"), max_length=40)
    form = forms.ChoiceField(label=_("Form"), choices=Proforma.Form.choices)


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

    def content(self, row: Proforma) -> bytes:
        return pdf_of(row)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION) or super().has_view_permission(request, obj)

    def get_urls(self) -> list[Any]:
        make = self.admin_site.admin_view(require_POST(self.make_view))
        seal = self.admin_site.admin_view(require_POST(self.seal_view))
        return [
            path("for-ticket/<int:ticket_id>/", make, name="invoicing_proforma_make"),
            path("<int:pk>/seal/", seal, name="invoicing_proforma_seal"),
            *super().get_urls(),
        ]

    def make_view(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Draft what the ticket asks for. POST only; a refusal is a message on the ticket."""
        by = person_with(request, PERMISSION)
        ticket = Ticket.objects.filter(pk=ticket_id).first()
        form = MakeForm(request.POST)
        if ticket is None or not form.is_valid():
            raise Http404
        try:
            bill = Bill.objects.filter(
                customer=ticket.customer_id, number=form.cleaned_data["bill"].strip()
            ).first()
            if bill is None:
                raise DomainError("not_found")
            made = make_proformas(
                ticket=ticket, bill=bill, by=by, at=moment(), form=form.cleaned_data["form"]
            )
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            words = gettext("Drafted: %(numbers)s. The customer confirms it.")
            messages.success(request, words % {"numbers": ", ".join(row.number for row in made)})
        return redirect(reverse(TICKET, args=[ticket_id]))

    def seal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add the sealed scan. POST only; a refusal is a message on the ticket."""
        by = person_with(request, PERMISSION)
        found = Proforma.objects.filter(pk=pk).first()
        if found is None or found.ticket_id is None:
            raise Http404
        form = SealForm(request.POST, request.FILES)
        if not form.is_valid():
            for problem in form.errors.get("scan", []):
                messages.error(request, str(problem))
            return redirect(reverse(TICKET, args=[found.ticket_id]))
        try:
            seal_proforma(proforma=found, scan=form.cleaned_data["scan"][0], by=by, at=moment())
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            words = gettext("%(number)s is sealed. The customer gets a message.")
            messages.success(request, words % {"number": found.number})
        return redirect(reverse(TICKET, args=[found.ticket_id]))


def person_with(request: HttpRequest, permission: str) -> User:
    """Who is signed in. Raises PermissionDenied without the permission."""
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user
