"""Bank statements in the admin: upload with a preview, and the desk for lines that nobody could match."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, amount, currency
from accounts.models import CustomerAccount, User
from finance_console.doors import paging
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.admin.bank.forms import IgnoreForm, UploadForm, candidates, keep, kept, token
from ledger.models import BankLine, BankStatement
from ledger.services.bank.deciding import ignore_line, match_line
from ledger.services.bank.importing import BankFileError, Preview, import_statement, preview
from ledger.services.operators import DESK, IMPORT

SHOWN = 200


def _person(request: HttpRequest, permission: str) -> User:
    """Who is signed in. Raises PermissionDenied without `permission`."""
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


@admin.register(BankStatement)
class BankStatementAdmin(FactAdmin):
    list_display = (
        "name", "account", currency, "lines_count", amount("opening", gettext_lazy("opening balance")),
        amount("closing", gettext_lazy("closing balance")), "imported_by", "imported_at",
    )  # fmt: skip
    list_select_related = ("imported_by",)
    list_filter = ("currency",)
    search_fields = ("name", "account", "sha256")
    change_list_template = "admin/ledger/statement_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = {"may_import": request.user.has_perm(IMPORT)}
        return super().changelist_view(request, {**(extra_context or {}), **may})

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("upload/", guard(self.upload_view), name="ledger_bankstatement_upload"),
            path(
                "import/",
                guard(require_POST(self.import_view)),
                name="ledger_bankstatement_import",
            ),
            *super().get_urls(),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; then see what importing it would do. Nothing is imported here."""
        by = _person(request, IMPORT)
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None, request.FILES if posted else None, label_suffix=""
        )
        found: Preview | None = None
        ticket = ""
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                found = preview(stream=file, by=by)
                ticket = keep(file, found.sha256)
            except BankFileError as error:
                form.add_error("file", sentence(error))
                for line, problem in error.lines[1:]:
                    form.add_error(
                        "file",
                        _("Line %(number)s: %(problem)s") % {"number": line, "problem": problem},
                    )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import a bank statement"),
            "form": form,
            "found": found,
            "rows": found.rows[:SHOWN] if found else (),
            "hidden": max(len(found.rows) - SHOWN, 0) if found else 0,
            "ticket": ticket,
        }
        return TemplateResponse(request, "admin/ledger/statement_upload.html", context)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Import the file that was previewed."""
        by = _person(request, IMPORT)
        file = kept(request.POST.get("ticket", ""))
        if file is None:
            raise Http404
        name, stream = file
        try:
            with stream:
                statement, found = import_statement(name=name, stream=stream, by=by, at=moment())
        except DomainError as error:
            messages.error(request, sentence(error))
            return redirect("admin:ledger_bankstatement_upload")
        if found.known:
            messages.info(request, _("This very file was imported before: nothing changed."))
        else:
            messages.success(
                request,
                _("Imported %(name)s: %(matched)s matched, %(desk)s for the desk.")
                % {
                    "name": statement.name,
                    "matched": statement.lines.filter(status=BankLine.Status.MATCHED).count(),
                    "desk": statement.lines.filter(status=BankLine.Status.UNMATCHED).count(),
                },
            )
        if request.user.has_perm(DESK):
            return redirect("admin:ledger_bankline_desk")
        return redirect("admin:ledger_bankstatement_upload")


@admin.register(BankLine)
class BankLineAdmin(FactAdmin):
    list_display = (
        "reference", "booked_on", amount("amount", gettext_lazy("amount")), currency, "payer", "paid_into",
        "status", "decided_by",
    )  # fmt: skip
    list_select_related = ("decided_by",)
    list_filter = ("status", "currency")
    search_fields = ("reference", "payer", "paid_into", "remittance")
    change_list_template = "admin/ledger/line_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = {"may_decide": request.user.has_perm(DESK)}
        return super().changelist_view(request, {**(extra_context or {}), **may})

    def get_urls(self) -> list[Any]:
        guard, act = self.admin_site.admin_view, require_POST(self.action_view)
        return [
            path("desk/", guard(self.desk_view), name="ledger_bankline_desk"),
            path("<int:pk>/desk/", guard(self.line_view), name="ledger_bankline_decide"),
            path("<int:pk>/do/<slug:name>/", guard(act), name="ledger_bankline_do"),
            *super().get_urls(),
        ]

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        """Lines that wait for a person, newest first."""
        _person(request, DESK)
        waiting = BankLine.objects.filter(status=BankLine.Status.UNMATCHED)
        page = paging.page(waiting, paging.number(request.GET))
        return self._show(request, "desk", title=_("Bank lines to match"), page=page)

    def line_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One line: look for the customer, match it, or say why it is no recharge."""
        _person(request, DESK)
        line = self._line(pk)
        return self._page(request, line, IgnoreForm(label_suffix=""))

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Match or ignore, then back to the desk. A refusal is a message on the page of the line."""
        by, line = _person(request, DESK), self._line(pk)
        form = IgnoreForm(request.POST if name == "ignore" else None, label_suffix="")
        if name == "ignore" and not form.is_valid():
            return self._page(request, line, form)
        if token(line) != request.POST.get("seen"):
            messages.error(request, _("It changed since you opened it. Nothing was done."))
            return redirect("admin:ledger_bankline_decide", pk)
        try:
            if name == "ignore":
                ignore_line(line=line, reason=form.cleaned_data["reason"], by=by, at=moment())
                done = _("%(line)s is no recharge.") % {"line": line.reference}
            elif name == "match":
                customer = _customer(request.POST.get("customer", ""))
                match_line(line=line, customer=customer, by=by, at=moment())
                done = _("%(line)s is credited to %(customer)s.") % {
                    "line": line.reference,
                    "customer": customer,
                }
            else:
                raise Http404
        except DomainError as error:
            messages.error(request, sentence(error))
            return redirect("admin:ledger_bankline_decide", pk)
        messages.success(request, done)
        return redirect("admin:ledger_bankline_desk")

    def _page(self, request: HttpRequest, line: BankLine, form: IgnoreForm) -> HttpResponse:
        text = request.GET.get("q", line.payer)[:100]
        return self._show(
            request,
            "line",
            title=line.reference,
            line=line,
            form=form,
            text=text,
            customers=candidates(text),
            seen=token(line),
        )

    def _show(self, request: HttpRequest, template: str, **values: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, f"admin/ledger/bank_{template}.html", context)

    def _line(self, pk: int) -> BankLine:
        lines = BankLine.objects.select_related("statement", "recharge__customer", "decided_by")
        line = lines.filter(pk=pk).first()
        if line is None:
            raise Http404
        return line


def _customer(text: str) -> CustomerAccount:
    found = CustomerAccount.objects.filter(pk=int(text)).first() if text.isdecimal() else None
    if found is None:
        raise DomainError("not_found")
    return found
