"""Credit requests: the queue, the page to decide, credit notes. Originals by mail: `returns`."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.deciding import RequestDesk, approving, refusing
from accounts.admin.desk import Route
from accounts.admin.facts import FactAdmin, FactInline, amount, number
from accounts.admin.waiting import only_waiting, waiting
from accounts.models import User
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import money
from invoicing.admin.crediting.returns import PARTS
from invoicing.models import (
    CreditNote,
    CreditNoteLine,
    CreditRequest,
    PaperReturn,
)
from invoicing.services.crediting import originals, requests, rules
from invoicing.services.crediting.preview import preview_approval


@admin.register(CreditRequest)
class CreditRequestAdmin(RequestDesk):
    """The queue of credits, and the page to decide on one."""

    list_display = (
        number, "customer", "invoice", amount("amount", gettext_lazy("amount")), "reason", "status", "confirm_by",
    )  # fmt: skip
    list_select_related = ("customer", "invoice", "requested_by", "decided_by")
    search_fields = ("=id", "invoice__number", "customer__code")
    numbered = {"CR": "id"}
    list_filter = (
        waiting(
            gettext_lazy("Waiting for a decision"),
            status=CreditRequest.Status.CREDITING,
            apart={
                "original": (
                    gettext_lazy("Waiting for the original"),
                    {"status": CreditRequest.Status.AWAITING_ORIGINAL},
                )
            },
        ),
        "status",
    )
    permission = rules.DECIDE
    open_states = CreditRequest.OPEN
    routes = (
        Route(address="<int:pk>/original/", view="original_view", name="original", only="POST"),
    )
    decisions = {
        "approve": approving(
            lambda row, by, reason, at: requests.approve_credit(request=row, reviewer=by, at=at),
            gettext_lazy("The credit note is issued, the amount can be invoiced again."),
        ),
        "reject": refusing(
            lambda row, by, reason, at: requests.refuse_credit(
                request=row, reviewer=by, reason=reason, at=at
            ),
            gettext_lazy("The credit is refused, and the customer is told why."),
        ),
    }

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What waits: the oldest first; all of them: the newest first."""
        return ("requested_at", "pk") if only_waiting(request) else ("-pk",)

    def lock(self, row: CreditRequest) -> CreditRequest:
        return requests.lock_request(row.pk)

    def documents(self, row: CreditRequest) -> Iterable[Any]:
        return ()

    def offered(self, row: CreditRequest) -> tuple[str, ...]:
        """Nothing is credited while its paper is on the way, or after its confirmation lapsed."""
        awaited = row.status == CreditRequest.Status.AWAITING_ORIGINAL
        late = row.status == CreditRequest.Status.CREDITING and rules.is_late(row, moment())
        return ("reject",) if awaited or late else super().offered(row)

    def page(self, request: HttpRequest, row: CreditRequest) -> Mapping[str, Any]:
        return {**super().page(request, row), **self._more(row)}

    def _more(self, row: CreditRequest) -> Mapping[str, Any]:
        """Paper that is awaited can be registered here; else what the decision would do."""
        if row.status == CreditRequest.Status.AWAITING_ORIGINAL:
            return {
                "extra": "admin/invoicing/original.html",
                "parts": [
                    (code, words) for code, words in PARTS if code in rules.forms_of(row.invoice)
                ],
                "original_url": self.url("original", row.pk),
            }
        if "approve" in self.offered(row):
            with suppress(DomainError):
                effect = preview_approval(request=row, at=moment())
                return {"extra": "admin/invoicing/credit_effect.html", "effect": effect}
        return {}

    def facts(self, row: CreditRequest) -> list[tuple[Any, Any]]:
        invoice, original = row.invoice, PaperReturn.objects.filter(request=row).first()
        note = CreditNote.objects.filter(request=row).first()
        return [
            (_("Customer"), row.customer),
            (_("Invoice"), invoice),
            (_("Total of the invoice"), money(invoice.gross.amount)),
            (_("Credited so far"), money(invoice.credited_gross)),
            (_("Amount to credit"), money(row.amount)),
            (_("Reason"), row.get_reason_display()),
            (_("In the customer's words"), row.note),
            (_("Booked by the buyer"), _("yes") if row.recorded else _("no")),
            (_("Certified by the buyer"), _("yes") if row.certified else _("no")),
            (_("Confirmation or form number"), row.form_number),
            (_("To be confirmed by"), row.confirm_by or ""),
            (_("Asked for by"), row.requested_by or ""),
            (_("Asked for at"), row.requested_at),
            (_("Original received at"), original.received_at if original else ""),
            *_certificate(row, original),
            (_("Status"), row.get_status_display()),
            (_("Decided by"), row.decided_by or ""),
            (_("Why it was refused"), row.refusal),
            (_("Credit note"), note or ""),
        ]

    def original_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Register the original that came back. POST only; a refusal is a message."""
        row = self.row(pk)

        def act(by: User, at: datetime) -> str:
            originals.receive_original(
                invoice=row.invoice,
                forms=request.POST.getlist("forms"),
                freight_collect=request.POST.get("freight_collect") == "yes",
                actor=by,
                at=at,
            )
            return _("The original is registered: the credit can be decided.")

        return self.carry_out(request, act, to=self.url("change", pk), about=row)


def _certificate(row: CreditRequest, original: PaperReturn | None) -> list[tuple[Any, Any]]:
    """Whether the rejection certificate came with the original, where the profile asks for one (B20)."""
    if "rejection" not in rules.forms_of(row.invoice):
        return []
    came = original is not None and "rejection" in original.forms.split(",")
    return [(_("Invoice rejection certificate"), _("enclosed") if came else _("missing"))]


class CreditLineInline(FactInline):
    model = CreditNoteLine
    fields = readonly_fields = (
        "position", "line", amount("net", gettext_lazy("net")),
        amount("tax", gettext_lazy("tax")), amount("gross", gettext_lazy("total")),
    )  # fmt: skip


@admin.register(CreditNote)
class CreditNoteAdmin(FactAdmin):
    """Issued credit notes, each with the invoice it takes back."""

    list_display = ("number", "invoice", amount("gross", gettext_lazy("total")), "invoice_date")
    list_select_related = ("invoice", "invoice__application")
    search_fields = ("number", "invoice__number")
    customer_through = ("request__customer",)
    numbered = {"CR": "request__id"}
    inlines = (CreditLineInline,)
