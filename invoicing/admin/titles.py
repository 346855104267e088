"""Invoice titles, which customers keep; applications for a company's title, which staff decide."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.certification import tax_id_with_check
from accounts.admin.deciding import DecideAdmin
from accounts.admin.facts import FactAdmin
from accounts.models import User
from accounts.services.requests.certifying import in_force
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceTitle, TitleApplication
from invoicing.services.titles import corporate
from invoicing.services.titles.keeping import OVERRIDE, enter_old_tax_id


class OldNumberForm(forms.Form):
    """An old tax number, and why it is right."""

    tax_id = forms.CharField(
        label=gettext_lazy("Old tax number"),
        max_length=20,
        help_text=gettext_lazy("15 or 20 letters and digits; for ordinary invoices only."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


@admin.register(InvoiceTitle)
class InvoiceTitleAdmin(FactAdmin):
    """Read here; the one thing staff may enter is an old tax number that no form accepts."""

    list_display = ("customer", "type", "name", "tax_id", "is_default")
    list_select_related = ("customer",)
    list_filter = ("type",)
    search_fields = ("name", "tax_id", "customer__code")
    change_form_template = "admin/invoicing/title.html"

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/old-number/",
                guard(self.old_number_view),
                name="invoicing_invoicetitle_old_number",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = {"may_override": request.user.has_perm(OVERRIDE)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})

    def old_number_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter an old tax number with a reason; it is written to the log."""
        if not isinstance(request.user, User) or not request.user.has_perm(OVERRIDE):
            raise PermissionDenied
        title = InvoiceTitle.objects.select_related("customer").filter(pk=pk).first()
        if title is None:
            raise Http404
        form = OldNumberForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                enter_old_tax_id(title=title, by=request.user, at=moment(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, sentence(error))
            else:
                messages.success(request, _("The tax number is entered."))
                return redirect(reverse("admin:invoicing_invoicetitle_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Old tax number of %(name)s") % {"name": title.name},
            "form": form,
        }
        return TemplateResponse(request, "admin/invoicing/old_number.html", context)


def _approve(row: TitleApplication, by: User, reason: str, at: datetime) -> TitleApplication:
    return corporate.approve_title(application=row, by=by, at=at)


def _reject(row: TitleApplication, by: User, reason: str, at: datetime) -> TitleApplication:
    return corporate.reject_title(application=row, by=by, reason=reason, at=at)


@admin.register(TitleApplication)
class TitleApplicationAdmin(DecideAdmin):
    """The queue of individuals who ask for a company's title, with the working days promised (A10)."""

    list_display = ("name", "customer", "status", "submitted_at", "due_by", "decided_by")
    permission = corporate.PERMISSION
    decisions = {"approve": _approve, "reject": _reject}
    done = {
        "approve": gettext_lazy("The title is approved: the customer can choose it."),
        "reject": gettext_lazy("The title is refused, and the customer is told why."),
    }

    def lock(self, pk: int) -> TitleApplication:
        return corporate.lock_title_application(pk)

    def facts(self, row: TitleApplication) -> list[tuple[Any, Any]]:
        certified = in_force(row.customer)
        return [
            (_("Customer"), row.customer),
            (_("Certified as"), certified.name if certified else _("nothing")),
            (_("Title asked for"), row.name),
            (_("Type"), row.get_type_display()),
            (_("Tax ID asked for"), tax_id_with_check(row.tax_id)),
            (_("Submitted by"), row.submitted_by or ""),
            (_("Submitted at"), row.submitted_at),
            (_("Promised from"), row.due_from),
            (_("Promised by"), row.due_by),
            (_("Status"), row.get_status_display()),
            (_("Decided by"), row.decided_by or ""),
            (_("Reason"), row.reason),
        ]
