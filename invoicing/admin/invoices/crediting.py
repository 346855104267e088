"""An invoice is credited for a customer who asked for it on a ticket (B17)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.admin.desk import Desk, Route
from accounts.models import User
from accounts.views.submitting import key_of
from invoicing.forms.credit import CreditForm
from invoicing.models import Invoice
from invoicing.services.crediting.requests import request_credit
from invoicing.services.crediting.rules import DECIDE


class CreditingPages(Desk):
    """The page on which staff ask; somebody else decides."""

    routes: tuple[Route, ...] = (
        Route(address="<int:pk>/credit/", view="credit_view", name="credit", permission=DECIDE),
    )

    def credit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reason, amount, evidence; then it waits for a second person. Reading the page changes nothing."""
        invoice: Invoice = self.row(pk)
        form = CreditForm(request.POST or None, invoice=invoice)
        made: list[Any] = []

        def act(by: User, at: datetime) -> str:
            request_made = request_credit(
                invoice=invoice,
                actor=by,
                at=at,
                idempotency_key=f"staff:{key_of(request)}",
                **form.asked,
            )
            made.append(request_made)
            words = _(
                "%(number)s is asked for. Somebody else decides; the customer gets a message."
            )
            return words % {"number": request_made.number}

        def onward(_by: User) -> str:
            return reverse("admin:invoicing_creditrequest_change", args=[made[0].pk])

        done = self.fill(
            request, form, act, to=self.url("change", pk), onward=onward, about=invoice
        )
        return done or self.show(
            request,
            "admin/desk/form.html",
            title=_("Credit invoice %(number)s for the customer") % {"number": invoice},
            button=_("Ask for the credit"),
            form=form,
        )
