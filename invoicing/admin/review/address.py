"""Changing where the paper of an application goes, on its page; what changed stays visible there (SC-77)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route
from accounts.models import AuditRecord, User
from invoicing.models import InvoiceApplication
from invoicing.services.reviewing.mailing import change_mailing_address
from invoicing.services.roles import REVIEW

SHOWN = 20


class AddressForm(forms.Form):
    """The new address as the customer gave it on a ticket (B49)."""

    recipient = forms.CharField(label=_("Contact person"), max_length=60)
    phone = forms.CharField(label=_("Phone"), max_length=30)
    line = forms.CharField(label=_("Address"), max_length=200)


class AddressDesk(Desk):
    """What the page of an application gets for it."""

    routes: tuple[Route, ...] = (
        Route(
            address="<int:pk>/address/",
            view="address_view",
            name="address",
            permission=REVIEW,
            only="POST",
        ),
    )

    def address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change it. POST only; 403 for whoever may not review, any other refusal is a message."""
        application, form, page = self.row(pk), AddressForm(request.POST), self.url("change", pk)
        if not form.is_valid():
            messages.error(request, gettext("Enter contact person, phone and address."))
            return self.go(request, page)

        def act(by: User, at: datetime) -> str:
            values = form.cleaned_data
            address = ", ".join(values[name] for name in ("recipient", "phone", "line"))
            change_mailing_address(application=application, address=address, by=by, at=at)
            return gettext("The mailing address is changed.")

        return self.carry_out(request, act, to=page, about=application)


def address_context(application: InvoiceApplication) -> dict[str, Any]:
    """The form, and the changes that were logged about the application, newest first."""
    logged = AuditRecord.objects.filter(
        customer=application.customer_id, about=application.number
    ).select_related("actor")
    return {
        "address_form": AddressForm(label_suffix=""),
        "logged": list(logged.order_by("-pk")[:SHOWN]),
    }
