"""Closing a customer account from the admin: the same checklist as in the console, and a reason."""

from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Route
from accounts.models import CustomerAccount, User
from finance_console.doors import addresses
from finance_console.kernel.clock import moment
from invoicing.admin.profiles.customer import ProfilePages
from invoicing.presenters.closing import checklist_rows
from invoicing.queries.closing import checklist
from invoicing.services.closing import PERMISSION, close_account

admin.site.unregister(CustomerAccount)


class ClosingForm(forms.Form):
    """Why it is closed, and the checklist that was seen."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(label=_("Why it is closed"), max_length=200)


@admin.register(CustomerAccount)
class ClosableCustomerAdmin(ProfilePages):
    """The accounts' own admin, with what may be done to a customer here."""

    change_form_template = "admin/invoicing/customer.html"

    routes = (
        Route(address="<int:pk>/close/", view="close_view", name="close", permission=PERMISSION),
    )

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the checklist; POST closes for good, if it is still what was seen."""
        customer, form = self.row(pk), ClosingForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            values = form.cleaned_data
            close_account(
                customer=customer, by=by, reason=values["reason"], seen=values["seen"], at=at
            )
            return gettext("The account is closed.")

        if done := self.fill(request, form, act, to=self.url("change", pk), about=customer):
            return done
        for problem in form.non_field_errors():
            messages.error(request, str(problem))
        now = checklist(customer, moment())
        with addresses.nowhere():  # what the rows lead to is in the console of this customer
            addresses.enter(customer.code)
            rows = checklist_rows(now, customer.currency)
        again = ClosingForm(initial={"seen": now.token}, label_suffix="")
        return self.show(
            request,
            "admin/invoicing/close_customer.html",
            title=gettext("Close %(customer)s") % {"customer": customer},
            customer=customer,
            rows=rows,
            form=again,
        )
