"""Withdrawals in the admin: what waits for a person, and one page to review, pay or give back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, amount, currency, grouped
from accounts.models import User
from accounts.services.customers.locking import lock_customer
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.admin.buttons import Button
from ledger.models import MemberTransfer, Withdrawal
from ledger.presenters import payouts
from ledger.queries.balances import active_holds, hold_words, withdrawable
from ledger.services.payouts import withdrawing as service
from ledger.services.payouts.rules import PERMISSION, needs_two

Act = Callable[[Withdrawal, User, str, datetime], Withdrawal]
ACTS: Mapping[str, Act] = {
    "review": lambda row, by, text, at: service.review_withdrawal(withdrawal=row, by=by, at=at),
    "pay": lambda row, by, text, at: service.pay_withdrawal(
        withdrawal=row, bank_reference=text, by=by, at=at
    ),
    "fail": lambda row, by, text, at: service.fail_withdrawal(
        withdrawal=row, reason=text, by=by, at=at
    ),
    "reject": lambda row, by, text, at: service.reject_withdrawal(
        withdrawal=row, reason=text, by=by, at=at
    ),
}
DONE: Mapping[str, Promise] = {
    "review": gettext_lazy("%(number)s is reviewed: it can be paid."),
    "pay": gettext_lazy("%(number)s is paid out. The customer gets a message."),
    "fail": gettext_lazy("%(number)s failed. The money is back on the account."),
    "reject": gettext_lazy("%(number)s is rejected. The money is back on the account."),
}
BUTTONS: Mapping[str, Button] = {
    "review": Button(words=gettext_lazy("It is right: may be paid"), primary=True),
    "pay": Button(
        words=gettext_lazy("It is paid"),
        asks=gettext_lazy("Reference of the bank's payment"),
        primary=True,
    ),
    "fail": Button(
        words=gettext_lazy("The bank did not pay"),
        asks=gettext_lazy("Why the bank did not pay"),
        long=True,
    ),
    "reject": Button(
        words=gettext_lazy("Reject"), asks=gettext_lazy("Reason, the customer reads it"), long=True
    ),
}
OFFERED = {"requested": ("review", "reject"), "reviewing": ("pay", "fail", "reject")}
PAGE = "admin:ledger_withdrawal_change"


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a person."""

    title, parameter_name = gettext_lazy("waiting"), "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("To review or to pay"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(status__in=OFFERED) if self.value() == "yes" else queryset


@admin.register(Withdrawal)
class WithdrawalAdmin(FactAdmin):
    """Whoever may change withdrawals reviews and pays them; others with the right may look."""

    list_display = (
        "__str__", "customer", amount("amount", gettext_lazy("amount")), currency, "route", "status", "requested_at",
        "reviewed_by", "finished_at",
    )  # fmt: skip
    list_select_related = ("customer", "reviewed_by")
    list_filter = (WaitingFilter, "status", "route", "currency")
    search_fields = ("=id", "customer__code", "customer__name", "bank_reference")

    def get_urls(self) -> list[Any]:
        act = self.admin_site.admin_view(require_POST(self.action_view))
        name = "ledger_withdrawal_do"
        return [path("<int:pk>/do/<slug:name>/", act, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page to decide. Reading it changes nothing; nothing is saved here."""
        found = self.get_object(request, object_id)
        allowed = self.has_view_permission(request, found)
        if not allowed or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if found is None:
            raise Http404
        holds = active_holds(found.customer)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(found),
            "withdrawal": found,
            "amount": grouped(found.amount.amount),
            "destination": [
                (place, grouped(part))
                for place, part in payouts.destination_rows(found.destination)
            ],
            "steps": payouts.timeline(found),
            "holds": [(hold_words(hold.reason), hold.amount) for hold in holds],
            "left": grouped(withdrawable(found.customer).available),
            "needs_two": needs_two(found),
            "buttons": _buttons(found) if request.user.has_perm(PERMISSION) else [],
            "seen": found.status,
        }
        return TemplateResponse(request, "admin/ledger/withdrawal.html", context)

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Review, pay, fail or reject, if it is still as it was seen. POST only.

        403 for whoever may not; any other refusal is a message on the page.
        """
        found = self.get_object(request, str(pk))
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if found is None or name not in ACTS:
            raise Http404
        assert isinstance(request.user, User)
        try:
            _act(found, name, request.POST, request.user)
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, DONE[name] % {"number": found})
        return redirect(reverse(PAGE, args=[pk]))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "reviewed_by")


def _buttons(row: Withdrawal) -> list[tuple[str, str, Button]]:
    """Name, address and button of what its state allows."""
    address = "admin:ledger_withdrawal_do"
    return [
        (name, reverse(address, args=[row.pk, name]), BUTTONS[name])
        for name in OFFERED.get(row.status, ())
    ]


@transaction.atomic
def _act(found: Withdrawal, name: str, sent: Mapping[str, str], by: User) -> None:
    """Decide under the customer's lock. Raises `wrong_state` when it moved since it was seen."""
    lock_customer(found.customer_id)
    found.refresh_from_db(fields=["status"])
    if sent.get("seen") != found.status:
        raise DomainError("wrong_state", state=found.get_status_display())
    ACTS[name](found, by, sent.get("text", "")[:300], moment())


@admin.register(MemberTransfer)
class MemberTransferAdmin(FactAdmin):
    list_display = (
        "giver", "taker", amount("amount", gettext_lazy("amount")), currency, "moved_by", "moved_at",
    )  # fmt: skip
    list_select_related = ("giver", "taker", "moved_by")
    search_fields = ("giver__code", "taker__code")
