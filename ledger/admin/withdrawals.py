"""Withdrawals in the admin: what waits for a person, and one page to review, pay or give back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.decisions import Decision, DecisionDesk
from accounts.admin.facts import FactAdmin, amount, currency
from accounts.admin.waiting import waiting
from accounts.services.customers.locking import lock_again
from finance_console.kernel.writing import money
from ledger.models import MemberTransfer, Withdrawal
from ledger.presenters import payouts
from ledger.queries.balances import active_holds, hold_words, withdrawable
from ledger.services.payouts import withdrawing as service
from ledger.services.payouts.rules import PERMISSION, needs_two

OFFERED: Mapping[str, tuple[str, ...]] = {
    "requested": ("review", "reject"),
    "reviewing": ("pay", "fail", "reject"),
}


@admin.register(Withdrawal)
class WithdrawalAdmin(DecisionDesk):
    """Whoever may change withdrawals reviews and pays them; others with the right may look."""

    list_display = (
        "__str__", "customer", amount("amount", _("amount")), currency, "route", "status", "requested_at",
        "reviewed_by", "finished_at",
    )  # fmt: skip
    list_select_related = ("customer", "reviewed_by")
    list_filter = (
        waiting(_("To review or to pay"), status__in=tuple(OFFERED)), "status", "route", "currency",
    )  # fmt: skip
    search_fields = ("=id", "customer__code", "customer__name", "bank_reference")
    numbered = {"WD": "id"}
    permission = PERMISSION
    page_template = "admin/ledger/withdrawal.html"
    decisions = {
        "review": Decision(
            words=_("It is right: may be paid"),
            act=lambda row, by, text, at: service.review_withdrawal(withdrawal=row, by=by, at=at),
            done=_("%(row)s is reviewed: it can be paid."),
            primary=True,
        ),
        "pay": Decision(
            words=_("It is paid"),
            act=lambda row, by, text, at, account: service.pay_withdrawal(
                withdrawal=row, bank_reference=text, paid_from=account, by=by, at=at
            ),
            done=_("%(row)s is paid out. The customer gets a message."),
            asks=_("Reference of the bank's payment"),
            account=_("The account of ours that it left, if there are several"),
            primary=True,
        ),
        "fail": Decision(
            words=_("The bank did not pay"),
            act=lambda row, by, text, at: service.fail_withdrawal(
                withdrawal=row, reason=text, by=by, at=at
            ),
            done=_("%(row)s failed. The money is back on the account."),
            asks=_("Why the bank did not pay"),
            long=True,
        ),
        "reject": Decision(
            words=_("Reject"),
            act=lambda row, by, text, at: service.reject_withdrawal(
                withdrawal=row, reason=text, by=by, at=at
            ),
            done=_("%(row)s is rejected. The money is back on the account."),
            asks=_("Reason, the customer reads it"),
            long=True,
        ),
    }

    def offered(self, row: Withdrawal) -> tuple[str, ...]:
        return OFFERED.get(row.status, ())

    def seen(self, row: Withdrawal) -> str:
        return str(row.status)

    def lock(self, row: Withdrawal) -> Withdrawal:
        return lock_again(row)

    def page(self, request: HttpRequest, row: Withdrawal) -> Mapping[str, Any]:
        return {
            "withdrawal": row,
            "amount": money(row.amount.amount),
            "destination": [
                (place, money(part)) for place, part in payouts.destination_rows(row.destination)
            ],
            "steps": payouts.timeline(row),
            "holds": [
                (hold_words(hold.reason), hold.amount) for hold in active_holds(row.customer)
            ],
            "left": money(withdrawable(row.customer).available),
            "needs_two": needs_two(row),
        }

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "reviewed_by")


@admin.register(MemberTransfer)
class MemberTransferAdmin(FactAdmin):
    list_display = (
        "giver", "taker", amount("amount", _("amount")), currency, "moved_by", "moved_at",
    )  # fmt: skip
    list_select_related = ("giver", "taker", "moved_by")
    search_fields = ("giver__code", "taker__code")
    numbered = {"MT": "id"}
