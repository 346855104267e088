"""Changing where the paper of an application goes, on its page; what changed stays visible there (SC-77)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import AuditRecord
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.admin.proforma import person_with
from invoicing.models import InvoiceApplication
from invoicing.services.reviewing.mailing import change_mailing_address
from invoicing.services.roles import REVIEW

SHOWN = 20


class AddressForm(forms.Form):
    """The new address as the customer gave it on a ticket (B49)."""

    recipient = forms.CharField(label=_("Contact person"), max_length=60)
    phone = forms.CharField(label=_("Phone"), max_length=30)
    line = forms.CharField(label=_("Address"), max_length=200)


class AddressDesk(admin.ModelAdmin):
    """What the page of an application gets for it."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.address_view))
        name = "invoicing_invoiceapplication_address"
        return [path("<int:pk>/address/", view, name=name), *super().get_urls()]

    def address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change it. POST only; 403 for whoever may not review, any other refusal is a message."""
        by = person_with(request, REVIEW)
        application = InvoiceApplication.objects.filter(pk=pk).first()
        if application is None:
            raise Http404
        form = AddressForm(request.POST)
        if not form.is_valid():
            messages.error(request, gettext("Enter contact person, phone and address."))
        else:
            values = form.cleaned_data
            address = ", ".join(values[name] for name in ("recipient", "phone", "line"))
            try:
                change_mailing_address(application=application, address=address, by=by, at=moment())
            except DomainError as error:
                messages.error(request, sentence(error))
            else:
                messages.success(request, gettext("The mailing address is changed."))
        return redirect(reverse("admin:invoicing_invoiceapplication_change", args=[pk]))


def address_context(application: InvoiceApplication) -> dict[str, Any]:
    """The form, and the changes that were logged about the application, newest first."""
    logged = AuditRecord.objects.filter(
        customer=application.customer_id, about=application.number
    ).select_related("actor")
    return {
        "address_form": AddressForm(label_suffix=""),
        "logged": list(logged.order_by("-pk")[:SHOWN]),
    }
