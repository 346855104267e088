"""Giving one customer the rules of another profile, from its page in the admin."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.customers import CustomerAccountAdmin
from accounts.models import CustomerAccount, User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.presenters.profiles import of_customer
from invoicing.queries.policies import codes_in_force
from invoicing.services.profiles.moves import RULES, change_profile

NAME = "accounts_customeraccount_profile"


class ProfileChoice(forms.Form):
    """The profile to look at; its rules are shown before anything happens."""

    to = forms.ChoiceField(label=_("Rules of"))

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["to"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class ProfilePages(CustomerAccountAdmin):
    """The page that moves a customer: choose, read what changes, confirm."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.profile_view)
        return [path("<int:pk>/profile/", view, name=NAME), *super().get_urls()]

    def profile_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the choice, with `?to=` also the what-if; POST moves, if it is still what was seen."""
        if not isinstance(request.user, User) or not request.user.has_perm(RULES):
            raise PermissionDenied
        customer = CustomerAccount.objects.filter(pk=pk).first()
        if customer is None:
            raise Http404
        codes = codes_in_force()
        if request.method == "POST":
            return self._move(request, customer, request.user)
        chosen = request.GET.get("to", "")
        what_if = of_customer(customer, chosen) if chosen in codes else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Rules of %(customer)s") % {"customer": customer},
            "customer": customer,
            "form": ProfileChoice(initial={"to": chosen or customer.profile}, codes=codes),
            "chosen": chosen,
            "what_if": what_if,
            "seen": f"{customer.profile} {customer.profile_version}",
        }
        return TemplateResponse(request, "admin/invoicing/customer_profile.html", context)

    def _move(self, request: HttpRequest, customer: CustomerAccount, by: User) -> HttpResponse:
        code, _space, version = request.POST.get("seen", "").rpartition(" ")
        try:
            change_profile(
                customer=customer,
                code=request.POST.get("to", ""),
                seen=(code, int(version) if version.isdecimal() else 0),
                by=by,
                at=moment(),
            )
        except DomainError as error:
            messages.error(request, sentence(error))
            return redirect(reverse(f"admin:{NAME}", args=[customer.pk]))
        messages.success(request, gettext("The customer has the new rules."))
        return redirect(reverse("admin:accounts_customeraccount_change", args=[customer.pk]))
