"""Giving one customer the rules of another profile, from its page in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.customers import CustomerAccountAdmin
from accounts.admin.desk import Route
from accounts.models import CustomerAccount, User
from invoicing.presenters.profiles import of_customer
from invoicing.queries.policies import codes_in_force
from invoicing.services.profiles.moves import RULES, change_profile


class ProfileChoice(forms.Form):
    """The profile to look at; its rules are shown before anything happens."""

    to = forms.ChoiceField(label=_("Rules of"))

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["to"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class ProfilePages(CustomerAccountAdmin):
    """The page that moves a customer: choose, read what changes, confirm."""

    routes = (
        Route(address="<int:pk>/profile/", view="profile_view", name="profile", permission=RULES),
    )

    def profile_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the choice, with `?to=` also the what-if; POST moves, if it is still what was seen."""
        customer, codes = self.row(pk), codes_in_force()
        if request.method == "POST":
            return self._move(request, customer)
        chosen = request.GET.get("to", "")
        return self.show(
            request,
            "admin/invoicing/customer_profile.html",
            title=gettext("Rules of %(customer)s") % {"customer": customer},
            customer=customer,
            form=ProfileChoice(initial={"to": chosen or customer.profile}, codes=codes),
            chosen=chosen,
            what_if=of_customer(customer, chosen) if chosen in codes else None,
            seen=f"{customer.profile} {customer.profile_version}",
        )

    def _move(self, request: HttpRequest, customer: CustomerAccount) -> HttpResponse:
        code, _space, version = request.POST.get("seen", "").rpartition(" ")

        def act(by: User, at: datetime) -> str:
            change_profile(
                customer=customer,
                code=request.POST.get("to", ""),
                seen=(code, int(version) if version.isdecimal() else 0),
                by=by,
                at=at,
            )
            return gettext("The customer has the new rules.")

        page, back = self.url("change", customer.pk), self.url("profile", customer.pk)
        return self.carry_out(request, act, to=page, back=back, about=customer)
