"""For whom a signed-in person works in the console, and the doorkeeper of every console page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import CustomerAccount, Membership, User
from accounts.views.submitting import answer_once
from finance_console.doors import addresses, refusals
from finance_console.kernel.errors import DomainError

LAST = "customer"
ACCOUNT = "account"
"""The field in which every form of the console says for whom it was made."""
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

    @property
    def may_ask(self) -> bool:
        """Whether this person may ask for, buy or change something: not for a closed account (A58, D13)."""
        return self.may_act and not self.customer.is_closed


class ConsoleRequest(HttpRequest):
    """A request that passed the doorkeeper."""

    user: User
    acting: Acting


def acting_for(user: User, number: str) -> Acting | None:
    """The account with this number, if this person works for it; all memberships are read with it."""
    for membership in memberships_of(user):
        if membership.customer.code == number:
            customer = membership.customer
            has_members: bool = membership.has_members  # type: ignore[attr-defined]  # annotated
            return Acting(customer, membership.role, customer.parent_id is not None or has_members)
    return None


def memberships_of(user: User) -> list[Membership]:
    """For whom this person works, the first one first; read once for a request."""
    members = CustomerAccount.objects.filter(parent=OuterRef("customer"))
    everything = (
        Membership.objects.select_related("customer")
        .annotate(has_members=Exists(members))
        .order_by("pk")
    )
    prefetch_related_objects([user], Prefetch("memberships", everything))
    return list(user.memberships.all())


def console(view: View) -> View:
    """A page for signed-in people who work for the customer in its address, in that customer's time zone.

    Somebody else's number is unknown. A form made for another account than its address does nothing (R40).
    A refusal nobody caught is shown in words.
    """

    @login_required
    @wraps(view)
    def inner(request: Any, customer_number: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        acting = acting_for(request.user, customer_number)
        if acting is None:
            raise Http404
        request.acting = acting
        addresses.enter(customer_number)
        _remember(request)
        with timezone.override(acting.customer.tz):
            try:
                _made_for(request, customer_number)
                if request.method == "POST":
                    return answer_once(
                        request,
                        lambda: _answer(view, request, *args, **kwargs),
                        customer=acting.customer,
                        by=request.user,
                    )
            except DomainError as error:
                return refused(request, error)
            return _answer(view, request, *args, **kwargs)

    return inner


def _answer(view: View, request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except DomainError as error:
        return refused(request, error)


def acts(view: View) -> View:
    """A console page for people who may change things: others are refused, whatever they send."""

    @console
    @wraps(view)
    def inner(request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.acting.may_act:
            raise DomainError("not_permitted")
        return view(request, *args, **kwargs)

    return inner


def _remember(request: ConsoleRequest) -> None:
    """Where `/console/` leads next time, for people who have a choice; nothing acts by it."""
    pk = request.acting.customer.pk
    if len(memberships_of(request.user)) > 1 and request.session.get(LAST) != pk:
        request.session[LAST] = pk


def _made_for(request: HttpRequest, number: str) -> None:
    """Raises `wrong_account` for a form that was made for another account, or says none."""
    if request.method == "POST" and request.POST.get(ACCOUNT) != number:
        raise DomainError("wrong_account", account=number)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page that says why not, and where it is put right."""
    context = {
        "sentence": refusals.sentence(error),
        "remedy": refusals.remedy(error),
        "done": error.values.get("answer", ""),
    }
    return render(request, "console/refused.html", context, status=refusals.status(error))
