"""Shipping in the admin: the paper invoices to send, one page to send one, a file to send many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.desk import Desk, Route, person_with
from accounts.models import User
from finance_console.doors import paging
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.domain.tracking_file import MOST_BYTES, Line
from invoicing.models import Invoice
from invoicing.presenters.deadline import Deadline, deadline
from invoicing.queries import late
from invoicing.services.crediting.invoice_actions import SHIP, available_invoice_actions
from invoicing.services.shipping import sending
from invoicing.services.shipping.tracking import Preview, import_tracking, preview, read

SALT = "invoicing.tracking"
AN_HOUR = 3600
PAGE = 50
TO_SHIP = late.Kind("to_ship", gettext_lazy("To ship"), "ship_due_at", lambda at: _to_ship())


class ShipForm(forms.Form):
    """The courier's number."""

    tracking = forms.CharField(label=gettext_lazy("Tracking number"), max_length=60)


class UploadForm(forms.Form):
    """A courier's file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or XLSX with the columns invoice_number and tracking_number, as text, up to 1 MB. "
            "You see what it does before anything is shipped."
        ),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return file


@dataclass(frozen=True, slots=True)
class ToShip:
    """A line of the list."""

    invoice: Invoice
    deadline: Deadline


def _to_ship() -> Any:
    """Paper that is issued and has a day to be sent by; the partial index of just these rows."""
    waiting = Invoice.objects.filter(status=Invoice.Status.ISSUED, ship_due_at__isnull=False)
    return waiting.select_related("application__customer", "entity")


def token(invoice: Invoice) -> str:
    """What the desk has seen of the state: it travels through the form as `seen`."""
    return f"{invoice.status}.{invoice.tracking_number}"


class ShippingPages(Desk):
    """The addresses of shipping, for the admin of invoices. Whoever may look may read, to ship is a right."""

    permission = SHIP
    routes: tuple[Route, ...] = (
        Route(address="to-ship/", view="list_view", name="to_ship", permission="", only="GET"),
        Route(address="tracking/", view="upload_view", name="tracking"),
        Route(address="tracking/import/", view="import_view", name="import_tracking", only="POST"),
        Route(address="<int:pk>/ship/", view="ship_view", name="ship", permission=""),
    )

    def all_rows(self) -> QuerySet[Invoice]:
        return Invoice.objects.select_related("application__customer", "entity")

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Paper invoices to send, the most urgent first; `?behind=` continues a long list."""
        at = moment()
        rows = late.late(TO_SHIP, at)
        behind = paging.number(request.GET, "behind")
        if behind and (last := Invoice.objects.filter(pk=behind).first()) and last.ship_due_at:
            rows = late.behind(TO_SHIP, rows, last)
        fetched = list(rows[: PAGE + 1])
        shown = [
            ToShip(row, deadline(row.ship_due_at, at, row.application.customer.tz))
            for row in fetched[:PAGE]
        ]
        more = fetched[PAGE - 1].pk if len(fetched) > PAGE else None
        return self.show(
            request,
            "admin/invoicing/to_ship.html",
            title=_("Paper invoices to ship"),
            rows=shown,
            next_from=more,
            may_ship=self.may_act(request),
        )

    def ship_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One invoice: what is known about its way, and the form to send it."""
        posted = request.method == "POST"
        by = person_with(request, SHIP if posted else "")
        invoice, form = self.row(pk), ShipForm(request.POST if posted else None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            locked = sending.lock_invoice(invoice)
            if token(locked) != request.POST.get("seen"):
                raise DomainError("changed_since_opened")
            sending.ship(invoice=locked, tracking=form.cleaned_data["tracking"], actor=by, at=at)
            text = _("%(number)s is on its way. The customer gets a message.")
            return text % {"number": invoice.number}

        if done := self.fill(request, form, act, to=self.url("to_ship"), about=invoice):
            return done
        offered = {row.name: row for row in available_invoice_actions(invoice, by, moment())}
        action = offered.get("ship")
        why = ""
        if action is not None and not action.allowed:
            why = sentence(DomainError(action.reason, **action.values))
            for problem in form.non_field_errors():
                messages.error(request, str(problem))  # the form is not shown any more
        return self.show(
            request,
            "admin/invoicing/ship.html",
            title=str(invoice),
            invoice=invoice,
            form=form if action and action.allowed else None,
            why=why,
            seen=token(invoice),
            fee=sending.FEE,
        )

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; then see what importing it would do. Nothing is shipped here."""
        by = person_with(request, SHIP)
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None, request.FILES if posted else None, label_suffix=""
        )
        shown: Preview | None = None
        ticket = ""
        if form.is_valid():
            try:
                lines = read(form.cleaned_data["file"].read())
                shown = preview(lines=lines, by=by)
                ticket = _ticket(lines)
            except DomainError as error:
                form.add_error("file", sentence(error))
        title = _("Import tracking numbers")
        return self.show(
            request,
            "admin/invoicing/tracking.html",
            title=title,
            form=form,
            found=shown,
            ticket=ticket,
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ship what was previewed and still matches."""
        lines = _lines(request.POST.get("ticket", ""))

        def act(by: User, at: datetime) -> str:
            count = len(import_tracking(lines=lines, by=by, at=at).tracking)
            text = ngettext(
                "%(count)d invoice is on its way.", "%(count)d invoices are on their way.", count
            )
            return text % {"count": count}

        return self.carry_out(request, act, to=self.url("to_ship"), back=self.url("tracking"))


def _ticket(lines: list[Line]) -> str:
    """The lines of the preview, signed: what is imported is what was shown."""
    rows = [[line.number, line.invoice, line.tracking] for line in lines]
    return signing.dumps(rows, salt=SALT, compress=True)


def _lines(ticket: str) -> list[Line]:
    """The lines that a ticket of the last hour is for. 404 for a forged or an old one."""
    try:
        rows = signing.loads(ticket, salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        raise Http404 from None
    return [Line(*row) for row in rows]
