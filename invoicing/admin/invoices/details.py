"""The charges behind an invoice, for staff who may see the invoice."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.models import Invoice
from invoicing.services.issuing.charge_list import detail_csv, detail_pdf
from invoicing.views.downloads import download, file_name, streamed


class DetailsAdmin(Desk):
    """An invoice whose list of charges can be downloaded from its page."""

    routes: tuple[Route, ...] = (
        Route(
            address="<int:pk>/details.<slug:extension>",
            view="details_view",
            name="details",
            permission="",
            only="GET",
        ),
    )

    @admin.display(description=_("list of charges"))
    def details(self, row: Invoice) -> str:
        if row.number is None:
            return "-"
        pdf, csv = (self.url("details", row.pk, extension) for extension in ("pdf", "csv"))
        return format_html('<a href="{}">PDF</a> <a href="{}">CSV</a>', pdf, csv)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "details"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_fields(request, obj), "details"]

    def details_view(self, request: HttpRequest, pk: int, extension: str) -> HttpResponseBase:
        """The list, to keep. 404 when there is no such invoice, it is not issued, or the list is too long for a PDF."""
        invoice = self.row(pk)
        if invoice.number is None:
            raise Http404
        name = file_name(invoice, extension, "_details")
        if extension == "csv":
            return streamed(detail_csv(invoice), name)
        if extension != "pdf":
            raise Http404
        try:
            return download(detail_pdf(invoice), name)
        except DomainError as refusal:
            raise Http404(sentence(refusal)) from None
