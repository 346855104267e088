"""Closing a customer account from the admin: the same checklist as in the console, and a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount, User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
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

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.close_view)
        name = "accounts_customeraccount_close"
        return [path("<int:pk>/close/", view, name=name), *super().get_urls()]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the checklist; POST closes for good, if it is still what was seen."""
        if not isinstance(request.user, User) or not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        found = CustomerAccount.objects.filter(pk=pk).first()
        if found is None:
            raise Http404
        at, form = moment(), ClosingForm(request.POST or None, label_suffix="")
        if form.is_valid():
            values = form.cleaned_data
            try:
                close_account(
                    customer=found,
                    by=request.user,
                    reason=values["reason"],
                    seen=values["seen"],
                    at=at,
                )
            except DomainError as error:
                messages.error(request, sentence(error))
            else:
                messages.success(request, gettext("The account is closed."))
                return redirect(reverse("admin:accounts_customeraccount_change", args=[pk]))
        now = checklist(found, at)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Close %(customer)s") % {"customer": found},
            "customer": found,
            "rows": checklist_rows(now, found.currency),
            "form": ClosingForm(initial={"seen": now.token}, label_suffix=""),
        }
        return TemplateResponse(request, "admin/invoicing/close_customer.html", context)
