"""Manual adjustments, daily reconciliations and period locks: what controllers of the books do."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import amount, currency, grouped
from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer
from finance_console.kernel.errors import DomainError
from ledger.admin.control.pages import ControlAdmin, Deed
from ledger.models import Adjustment, LedgerAccount, PeriodLock, Reconciliation
from ledger.services.control import adjusting, locking_periods, reconciling
from ledger.services.control.comparing import KINDS

FUNDS = [(fund.value, fund.label) for fund in LedgerAccount.FUNDS]


class AdjustmentForm(forms.Form):
    """Whose balance is corrected, by how much, and why."""

    customer = forms.CharField(label=_("Customer number"), max_length=32)
    fund = forms.ChoiceField(label=_("Fund"), choices=FUNDS)
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=18,
        decimal_places=2,
        help_text=_("In the customer's currency; negative takes away."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class LockForm(forms.Form):
    """Through which date the books are closed for good."""

    through = forms.DateField(label=_("Lock through"), widget=forms.DateInput({"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=200)


def _approve(row: Adjustment, by: User, note: str, at: datetime) -> Adjustment:
    return adjusting.approve_adjustment(adjustment=row, by=by, at=at)


def _reject(row: Adjustment, by: User, note: str, at: datetime) -> Adjustment:
    return adjusting.reject_adjustment(adjustment=row, by=by, at=at)


def _explain(row: Reconciliation, by: User, note: str, at: datetime) -> Reconciliation:
    return reconciling.explain(reconciliation=row, note=note, by=by, at=at)


def _sign(row: Reconciliation, by: User, note: str, at: datetime) -> Reconciliation:
    return reconciling.sign_off(reconciliation=row, by=by, at=at)


@admin.register(Adjustment)
class AdjustmentAdmin(ControlAdmin):
    """The queue: what is requested waits for a second person."""

    list_display = (
        "customer", "fund", amount("amount", _("amount")), currency, "reason", "status",
        "requested_by", "requested_at", "decided_by",
    )  # fmt: skip
    list_select_related = ("customer", "requested_by", "decided_by")
    list_filter = ("status", "fund", "currency")
    search_fields = ("customer__code", "reason")
    form_class, form_title = AdjustmentForm, _("Ask for an adjustment")
    deeds = {
        "approve": Deed(_("Approve and post"), _approve, _("The adjustment is posted.")),
        "reject": Deed(_("Reject"), _reject, _("The adjustment is rejected.")),
    }

    def offered(self, row: Adjustment) -> list[str]:
        return list(self.deeds) if row.status == Adjustment.Status.REQUESTED else []

    def token(self, row: Adjustment) -> str:
        return str(row.status)

    def lock(self, row: Adjustment) -> None:
        lock_customer(row.customer_id)

    def facts(self, row: Adjustment) -> list[tuple[Any, Any]]:
        return [
            (_("Customer"), row.customer),
            (_("Fund"), row.get_fund_display()),
            (_("Amount"), f"{grouped(row.amount)} {row.currency}"),
            (_("Reason"), row.reason),
            (_("Status"), row.get_status_display()),
            (_("Asked for by"), row.requested_by),
            (_("Decided by"), row.decided_by or ""),
            (_("Transfer"), row.transfer or ""),
        ]

    def create(self, data: dict[str, Any], by: User, at: datetime) -> Adjustment:
        customer = CustomerAccount.objects.filter(code=data.pop("customer")).first()
        if customer is None:
            raise DomainError("not_found")
        return adjusting.request_adjustment(customer=customer, by=by, at=at, **data)


@admin.register(Reconciliation)
class ReconciliationAdmin(ControlAdmin):
    """One row a day and currency; gaps are explained by one person and signed by another."""

    list_display = (
        "day", currency, amount("recharged", _("recharged")), amount("banked", _("at bank and channel")),
        amount("charged", _("charged")), amount("earned", _("revenue")), "differs", "signed_by",
    )  # fmt: skip
    list_select_related = ("signed_by",)
    list_filter = ("currency", ("signed_at", admin.EmptyFieldListFilter))
    search_fields = ("=day",)
    deeds = {
        "explain": Deed(_("Explain"), _explain, _("The explanation is kept."), asks_note=True),
        "sign": Deed(_("Sign off"), _sign, _("The day is signed off.")),
    }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        link = {"new_link": reverse("admin:ledger_trial_balance"), "new_words": _("Trial balance")}
        return super().changelist_view(request, {**link, **(extra_context or {})})

    @admin.display(description=_("gaps"))
    def differs(self, row: Reconciliation) -> int:
        return len(row.gaps)

    def offered(self, row: Reconciliation) -> list[str]:
        if row.signed_at is not None:
            return []
        return list(self.deeds) if row.gaps else ["sign"]

    def token(self, row: Reconciliation) -> str:
        return f"{row.signed_by_id or 0}.{row.explained_by_id or 0}.{crc32(row.note.encode())}"

    def facts(self, row: Reconciliation) -> list[tuple[Any, Any]]:
        totals = reconciling.stored_totals(row)
        return [
            (_("Recharges in the ledger"), grouped(row.recharged)),
            (_("Recharges at bank and channel"), grouped(row.banked)),
            (_("Charges"), grouped(row.charged)),
            (_("Revenue in the ledger"), grouped(row.earned)),
            *((LedgerAccount.Bucket(name).label, grouped(total)) for name, total in totals.items()),
            (_("Explained by"), row.explained_by or ""),
            (_("Note"), row.note),
            (_("Signed off by"), row.signed_by or ""),
        ]

    def gaps(self, row: Reconciliation) -> list[Any]:
        return [
            {
                "words": KINDS[gap["kind"]],
                "about": LedgerAccount.Bucket(gap["about"]).label if gap["about"] else "",
                "ledger": grouped(Decimal(gap["ledger"])),
                "other": grouped(Decimal(gap["other"])),
                "ids": ", ".join(map(str, gap["ids"])),
            }
            for gap in row.gaps
        ]


@admin.register(PeriodLock)
class PeriodLockAdmin(ControlAdmin):
    list_display = ("locked_through", "reason", "locked_by", "locked_at")
    list_select_related = ("locked_by",)
    form_class, form_title = LockForm, _("Lock the books")

    def facts(self, row: PeriodLock) -> list[tuple[Any, Any]]:
        return [
            (_("Locked through"), row.locked_through),
            (_("Reason"), row.reason),
            (_("Locked by"), row.locked_by or ""),
            (_("Locked at"), row.locked_at),
        ]

    def create(self, data: dict[str, Any], by: User, at: datetime) -> PeriodLock:
        return locking_periods.lock_books(by=by, at=at, **data)
