"""Files of invoices and credit notes: fingerprints, and a download for those who may see them."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route
from invoicing.models import InvoiceFile, Proforma
from invoicing.services.issuing import filing
from invoicing.views.downloads import download, file_name


def download_link(url_name: str, row: InvoiceFile | Proforma) -> str:
    """A link to the file of `row`."""
    return format_html('<a href="{}">{}</a>', reverse(url_name, args=[row.pk]), _("Download"))


class DownloadAdmin(Desk):
    """A fact with a stored PDF. The file is for whoever may view the row."""

    routes: tuple[Route, ...] = (
        Route(
            address="<int:pk>/download/",
            view="download_view",
            name="download",
            permission="",
            only="GET",
        ),
    )

    @admin.display(description=_("file"))
    def download(self, row: Any) -> str:
        return download_link(f"admin:{self._named('download')}", row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("download",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_fields(request, obj), "download"]

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file, to keep. 404 when there is no such row or its file is gone."""
        row = self.row(pk)
        try:
            return download(self.content(row), self.file_name(row))
        except filing.FileLost:
            raise Http404 from None

    def content(self, row: Any) -> bytes:
        """The bytes of the file of `row`. Raises `FileLost` when they are gone."""
        raise LookupError(row)  # each admin says its own

    def file_name(self, row: Any) -> str:
        """The name under which the file is kept."""
        return f"{row.number}.pdf"


@admin.register(InvoiceFile)
class InvoiceFileAdmin(DownloadAdmin):
    list_display = ("of", "format", "size", "rendered_at", "download")
    list_select_related = ("invoice", "credit_note")
    list_filter = ("format",)
    search_fields = ("invoice__number", "credit_note__number", "sha256")
    customer_through = (
        "invoice__application__customer",
        "credit_note__request__customer",
    )

    @admin.display(description=_("document"))
    def of(self, row: InvoiceFile) -> str:
        return str(row.invoice or row.credit_note)

    def content(self, row: InvoiceFile) -> bytes:
        return filing.content_of(row)

    def file_name(self, row: InvoiceFile) -> str:
        document = row.invoice or row.credit_note
        assert document is not None, "a file is of one of the two"
        return file_name(document, row.format)
