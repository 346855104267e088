"""Shipping in the admin: the paper invoices to send, one page to send one, a file to send many."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from finance_console.doors import paging
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.domain.tracking_file import MOST_BYTES, Line
from invoicing.models import Invoice
from invoicing.presenters.deadline import Deadline, deadline
from invoicing.queries import late
from invoicing.services.crediting.actions import SHIP, available_invoice_actions
from invoicing.services.shipping import sending
from invoicing.services.shipping.tracking import Preview, import_tracking, preview, read

SALT = "invoicing.tracking"
AN_HOUR = 3600
PAGE = 50
LIST, PAGE_OF_ONE, UPLOAD = (
    f"admin:invoicing_invoice_{name}" for name in ("to_ship", "ship", "tracking")
)
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


class ShippingPages(admin.ModelAdmin):
    """The addresses of shipping, for the admin of invoices. Whoever may look may read, to ship is a right."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(SHIP) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SHIP) or super().has_module_permission(request)

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("to-ship/", guard(self.list_view), name="invoicing_invoice_to_ship"),
            path("tracking/", guard(self.upload_view), name="invoicing_invoice_tracking"),
            path(
                "tracking/import/",
                guard(require_POST(self.import_view)),
                name="invoicing_invoice_import_tracking",
            ),
            path("<int:pk>/ship/", guard(self.ship_view), name="invoicing_invoice_ship"),
            *super().get_urls(),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Paper invoices to send, the most urgent first; `?behind=` continues a long list."""
        self._require_reader(request)
        at = moment()
        rows = late.late(TO_SHIP, at)
        behind = paging.number(request.GET, "behind")
        if behind and (last := Invoice.objects.filter(pk=behind).first()) and last.ship_due_at:
            rows = late.behind(TO_SHIP, rows, last)
        found = list(rows[: PAGE + 1])
        shown = [
            ToShip(row, deadline(row.ship_due_at, at, row.application.customer.tz))
            for row in found[:PAGE]
        ]
        more = found[PAGE - 1].pk if len(found) > PAGE else None
        return self._show(
            request,
            "to_ship",
            title=_("Paper invoices to ship"),
            rows=shown,
            next_from=more,
            may_ship=request.user.has_perm(SHIP),
        )

    def ship_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One invoice: what is known about its way, and the form to send it."""
        posted = request.method == "POST"
        by = _shipper(request) if posted else self._require_reader(request)
        invoice = self._invoice(pk)
        form = ShipForm(request.POST if posted else None, label_suffix="")
        if posted and token(invoice) != request.POST.get("seen"):
            messages.error(request, _("It changed since you opened it. Nothing was done."))
            return redirect(PAGE_OF_ONE, pk)
        if form.is_valid():
            try:
                sending.ship(
                    invoice=invoice,
                    tracking=form.cleaned_data["tracking"],
                    actor=by,
                    at=moment(),
                )
            except DomainError as error:
                form.add_error(None, sentence(error))
            else:
                text = _("%(number)s is on its way. The customer gets a message.")
                messages.success(request, text % {"number": invoice.number})
                return redirect(LIST)
        offered = {row.name: row for row in available_invoice_actions(invoice, by, moment())}
        action = offered.get("ship")
        why = ""
        if action is not None and not action.allowed:
            why = sentence(DomainError(action.reason, **action.values))
        return self._show(
            request,
            "ship",
            title=str(invoice),
            invoice=invoice,
            form=form if action and action.allowed else None,
            why=why,
            seen=token(invoice),
            fee=sending.FEE,
        )

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; then see what importing it would do. Nothing is shipped here."""
        by = _shipper(request)
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None, request.FILES if posted else None, label_suffix=""
        )
        found: Preview | None = None
        ticket = ""
        if form.is_valid():
            try:
                lines = read(form.cleaned_data["file"].read())
                found = preview(lines=lines, by=by)
                ticket = _ticket(lines)
            except DomainError as error:
                form.add_error("file", sentence(error))
        title = _("Import tracking numbers")
        return self._show(request, "tracking", title=title, form=form, found=found, ticket=ticket)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ship what was previewed and still matches."""
        by, lines = _shipper(request), _lines(request.POST.get("ticket", ""))
        try:
            done = import_tracking(lines=lines, by=by, at=moment())
        except DomainError as error:
            messages.error(request, sentence(error))
            return redirect(UPLOAD)
        count = len(done.tracking)
        text = ngettext(
            "%(count)d invoice is on its way.", "%(count)d invoices are on their way.", count
        )
        messages.success(request, text % {"count": count})
        return redirect(LIST)

    def _require_reader(self, request: HttpRequest) -> User:
        if not isinstance(request.user, User) or not self.has_view_permission(request):
            raise PermissionDenied
        return request.user

    def _show(self, request: HttpRequest, template: str, **values: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, f"admin/invoicing/{template}.html", context)

    def _invoice(self, pk: int) -> Invoice:
        found = Invoice.objects.select_related("application__customer", "entity")
        invoice = found.filter(pk=pk).first()
        if invoice is None:
            raise Http404
        return invoice


def _shipper(request: HttpRequest) -> User:
    """Who is signed in. Raises PermissionDenied without the right to ship."""
    if not isinstance(request.user, User) or not request.user.has_perm(SHIP):
        raise PermissionDenied
    return request.user


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
