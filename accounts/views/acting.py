"""For whom a signed-in person works in the console, and the doorkeeper of every console page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import CustomerAccount, Membership, User
from finance_console.doors import refusals
from finance_console.kernel.errors import DomainError

CHOSEN = "customer"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Acting:
    """The customer account in use, and what this person may do for it."""

    customer: CustomerAccount
    role: str
    in_organization: bool

    @property
    def may_act(self) -> bool:
        return self.role == Membership.Role.FINANCE


class ConsoleRequest(HttpRequest):
    """A request that passed the doorkeeper."""

    user: User
    acting: Acting


def acting_for(request: HttpRequest) -> Acting | None:
    """The chosen account of this person, else the first one; None for a person without any."""
    user = request.user
    assert isinstance(user, User)
    members = CustomerAccount.objects.filter(parent=OuterRef("customer"))
    everything = (
        Membership.objects.select_related("customer")
        .annotate(has_members=Exists(members))
        .order_by("pk")
    )
    prefetch_related_objects([user], Prefetch("memberships", everything))
    memberships = list(user.memberships.all())
    if not memberships:
        return None
    chosen = request.session.get(CHOSEN)
    found = [m for m in memberships if m.customer_id == chosen] or memberships
    customer = found[0].customer
    managed = customer.parent_id is not None
    has_members: bool = found[0].has_members  # type: ignore[attr-defined]  # annotated above
    return Acting(customer, found[0].role, managed or has_members)


def console(view: View) -> View:
    """A page for signed-in people who act for a customer, in that customer's time zone.

    Someone without an account gets one clear page; a refusal nobody caught is shown in words.
    """

    @login_required
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        acting = acting_for(request)
        if acting is None:
            return render(request, "console/no_account.html", status=403)
        request.acting = acting
        with timezone.override(acting.customer.tz):
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                return refused(request, error)

    return inner


def acts(view: View) -> View:
    """A console page for people who may change things: others are refused, whatever they send."""

    @console
    @wraps(view)
    def inner(request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.acting.may_act:
            raise DomainError("not_permitted")
        return view(request, *args, **kwargs)

    return inner


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page that says why not, and where it is put right."""
    context = {"sentence": refusals.sentence(error), "remedy": refusals.remedy(error)}
    return render(request, "console/refused.html", context, status=refusals.status(error))
