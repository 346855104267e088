"""Invoice titles, which customers keep; applications for a company's title, which staff decide."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.certification import tax_id_with_check
from accounts.admin.deciding import RequestDesk, approving, refusing
from accounts.admin.desk import Desk, Route
from accounts.admin.waiting import waiting
from accounts.models import User
from accounts.services.customers.locking import lock_again
from accounts.services.requests.certifying import in_force
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
class InvoiceTitleAdmin(Desk):
    """Read here; the one thing staff may enter is an old tax number that no form accepts."""

    list_display = ("customer", "type", "name", "tax_id", "is_default")
    list_select_related = ("customer",)
    list_filter = ("type",)
    search_fields = ("name", "tax_id", "customer__code")
    change_form_template = "admin/invoicing/title.html"

    routes = (
        Route(
            address="<int:pk>/old-number/",
            view="old_number_view",
            name="old_number",
            permission=OVERRIDE,
        ),
    )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = {"may_override": self.may_open(request, "old_number")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})

    def old_number_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter an old tax number with a reason; it is written to the log."""
        title, form = self.row(pk), OldNumberForm(request.POST or None, label_suffix="")

        def act(by: User, at: datetime) -> str:
            enter_old_tax_id(title=title, by=by, at=at, **form.cleaned_data)
            return _("The tax number is entered.")

        done = self.fill(request, form, act, to=self.url("change", pk), about=title)
        return done or self.show(
            request,
            "admin/desk/form.html",
            title=_("Old tax number of %(name)s") % {"name": title.name},
            button=_("Save"),
            form=form,
        )


@admin.register(TitleApplication)
class TitleApplicationAdmin(RequestDesk):
    """The queue of individuals who ask for a company's title, with the working days promised (A10)."""

    list_display = ("name", "customer", "status", "submitted_at", "due_by", "decided_by")
    list_filter = (waiting(gettext_lazy("Waiting for a decision"), status="submitted"), "status")
    permission = corporate.PERMISSION
    decisions = {
        "approve": approving(
            lambda row, by, reason, at: corporate.approve_title(application=row, by=by, at=at),
            gettext_lazy("The title is approved: the customer can choose it."),
        ),
        "reject": refusing(
            lambda row, by, reason, at: corporate.reject_title(
                application=row, by=by, reason=reason, at=at
            ),
            gettext_lazy("The title is refused, and the customer is told why."),
        ),
    }

    def lock(self, row: TitleApplication) -> TitleApplication:
        return lock_again(row)

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
