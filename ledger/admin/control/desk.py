"""Manual adjustments, daily reconciliations and period locks: what controllers of the books do."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin.decisions import Decision, DecisionDesk
from accounts.admin.desk import Route, Words
from accounts.admin.facts import amount, currency
from accounts.models import User
from accounts.services.customers.locking import lock_again
from finance_console.kernel.writing import in_currency, money
from ledger.admin.funds.forms import CustomerField
from ledger.models import Adjustment, LedgerAccount, PeriodLock, Reconciliation
from ledger.services.control import adjusting, locking_periods, reconciling
from ledger.services.control.comparing import KINDS
from ledger.services.operators import CONTROL

FUNDS = [(fund.value, fund.label) for fund in LedgerAccount.FUNDS]


class AdjustmentForm(forms.Form):
    """Whose balance is corrected, by how much, and why."""

    customer = CustomerField(label=_("Customer number"), max_length=32)
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


class ControlDesk(DecisionDesk):
    """Facts that people with the right to control the books act on."""

    permission = CONTROL
    form_class: type[forms.Form]

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """Label and value, one line each, as the page of a row shows them."""
        raise LookupError(row)  # each desk says its own

    def page(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        return {"facts": self.facts(row)}

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """The form of a new row; sending it calls the service."""
        form = self.form_class(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> Words:
            made.append(self.create(form.cleaned_data, by, at))
            return _("It is written down.")

        def onward(by: User) -> str:
            return self.url("change", made[0].pk)

        made = list[Any]()
        done = self.fill(request, form, act, to=self.url("changelist"), onward=onward)
        title = dict(self.tools)["new"]
        return done or self.show(request, "admin/desk/form.html", title=title, form=form)

    def create(self, data: dict[str, Any], by: User, at: datetime) -> Any:
        """What the form of `new/` asks for."""
        raise LookupError(data)  # each desk with a form says its own


@admin.register(Adjustment)
class AdjustmentAdmin(ControlDesk):
    """The queue: what is requested waits for a second person."""

    list_display = (
        "customer", "fund", amount("amount", _("amount")), currency, "reason", "status",
        "requested_by", "requested_at", "decided_by",
    )  # fmt: skip
    list_select_related = ("customer", "requested_by", "decided_by")
    list_filter = ("status", "fund", "currency")
    search_fields = ("customer__code", "reason")
    numbered = {"AD": "id"}
    form_class = AdjustmentForm
    routes = (Route(address="new/", view="new_view", name="new"),)
    tools = (("new", _("Ask for an adjustment")),)
    decisions = {
        "approve": Decision(
            words=_("Approve and post"),
            act=lambda row, by, text, at: adjusting.approve_adjustment(
                adjustment=row, by=by, at=at
            ),
            done=_("The adjustment is posted."),
        ),
        "reject": Decision(
            words=_("Reject"),
            act=lambda row, by, text, at: adjusting.reject_adjustment(adjustment=row, by=by, at=at),
            done=_("The adjustment is rejected."),
        ),
    }

    def offered(self, row: Adjustment) -> tuple[str, ...]:
        return tuple(self.decisions) if row.status == Adjustment.Status.REQUESTED else ()

    def seen(self, row: Adjustment) -> str:
        return str(row.status)

    def lock(self, row: Adjustment) -> Adjustment:
        return lock_again(row)

    def facts(self, row: Adjustment) -> list[tuple[Any, Any]]:
        return [
            (_("Customer"), row.customer),
            (_("Fund"), row.get_fund_display()),
            (_("Amount"), in_currency(row.amount, row.currency)),
            (_("Reason"), row.reason),
            (_("Status"), row.get_status_display()),
            (_("Asked for by"), row.requested_by),
            (_("Decided by"), row.decided_by or ""),
            (_("Transfer"), row.transfer or ""),
        ]

    def create(self, data: dict[str, Any], by: User, at: datetime) -> Adjustment:
        return adjusting.request_adjustment(by=by, at=at, **data)


@admin.register(Reconciliation)
class ReconciliationAdmin(ControlDesk):
    """One row a day and currency; gaps are explained by one person and signed by another."""

    list_display = (
        "day", currency, amount("recharged", _("recharged")), amount("banked", _("at bank and channel")),
        amount("charged", _("charged")), amount("earned", _("revenue")), "differs", "signed_by",
    )  # fmt: skip
    list_select_related = ("signed_by",)
    list_filter = ("currency", ("signed_at", admin.EmptyFieldListFilter))
    search_fields = ("=day",)
    decisions = {
        "explain": Decision(
            words=_("Explain"),
            act=lambda row, by, text, at: reconciling.explain(
                reconciliation=row, note=text, by=by, at=at
            ),
            done=_("The explanation is kept."),
            asks=_("Note"),
            long=True,
        ),
        "sign": Decision(
            words=_("Sign off"),
            act=lambda row, by, text, at: reconciling.sign_off(reconciliation=row, by=by, at=at),
            done=_("The day is signed off."),
        ),
        "again": Decision(
            words=_("Compare again"),
            act=lambda row, by, text, at: reconciling.reconcile(
                day=row.day, currency=row.currency, at=at
            ),
            done=_("The day is compared again."),
        ),
    }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        link = [(reverse("admin:ledger_ledgeraccount_trial_balance"), _("Trial balance"))]
        return super().changelist_view(request, {"tools": link, **(extra_context or {})})

    @admin.display(description=_("gaps"))
    def differs(self, row: Reconciliation) -> int:
        return len(row.gaps)

    def get_object(self, *arguments: Any, **options: Any) -> Any:
        """With what a page asks of it more than once: whether its facts changed."""
        row = super().get_object(*arguments, **options)
        if row is not None:
            row.is_stale = reconciling.is_stale(row)
        return row

    def offered(self, row: Any) -> tuple[str, ...]:
        if row.is_stale:
            return ("again",)
        if row.signed_at is not None:
            return ()
        return ("explain", "sign") if row.gaps else ("sign",)

    def lock(self, row: Reconciliation) -> Reconciliation:
        return reconciling.lock_reconciliation(row)

    def seen(self, row: Reconciliation) -> str:
        return f"{row.signed_by_id or 0}.{row.explained_by_id or 0}.{crc32(row.note.encode())}"

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        totals = reconciling.stored_totals(row)
        return [
            (_("Recharges in the ledger"), money(row.recharged)),
            (_("Recharges at bank and channel"), money(row.banked)),
            (_("Charges"), money(row.charged)),
            (_("Revenue in the ledger"), money(row.earned)),
            *((LedgerAccount.Bucket(name).label, money(total)) for name, total in totals.items()),
            (_("Explained by"), row.explained_by or ""),
            (_("Note"), row.note),
            (_("Signed off by"), row.signed_by or ""),
            *self.changes(row),
        ]

    def changes(self, row: Any) -> list[tuple[Any, Any]]:
        """That the day moved since it was compared, or since it was signed."""
        said: list[tuple[Any, Any]] = []
        if row.is_stale:
            words = _("What happened on this day changed since: a signature on it is void.")
            said.append((_("Compared"), words))
        if row.void_by:
            words = _("The signature of %(who)s is void: the facts of the day changed.")
            said.append((_("Void signature"), words % {"who": row.void_by}))
        return said

    def page(self, request: HttpRequest, row: Reconciliation) -> Mapping[str, Any]:
        return {**super().page(request, row), "gaps": self.gaps(row)}

    def gaps(self, row: Reconciliation) -> list[Any]:
        """The differences, as a table of their own."""
        return [
            {
                "words": KINDS[gap["kind"]],
                "about": LedgerAccount.Bucket(gap["about"]).label if gap["about"] else "",
                "ledger": money(Decimal(gap["ledger"])),
                "other": money(Decimal(gap["other"])),
                "ids": ", ".join(map(str, gap["ids"])),
            }
            for gap in row.gaps
        ]


@admin.register(PeriodLock)
class PeriodLockAdmin(ControlDesk):
    list_display = ("locked_through", "reason", "locked_by", "locked_at")
    list_select_related = ("locked_by",)
    form_class = LockForm
    routes = (Route(address="new/", view="new_view", name="new"),)
    tools = (("new", _("Lock the books")),)

    def seen(self, row: PeriodLock) -> str:
        return str(row.pk)  # it never changes

    def facts(self, row: PeriodLock) -> list[tuple[Any, Any]]:
        return [
            (_("Locked through"), row.locked_through),
            (_("Reason"), row.reason),
            (_("Locked by"), row.locked_by or ""),
            (_("Locked at"), row.locked_at),
        ]

    def create(self, data: dict[str, Any], by: User, at: datetime) -> PeriodLock:
        return locking_periods.lock_books(by=by, at=at, **data)
