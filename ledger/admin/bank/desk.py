"""Bank statements in the admin: upload with a preview, and the desk for lines that nobody could match."""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route, person_with
from accounts.admin.facts import amount, currency
from accounts.models import User
from accounts.services.customers.locking import lock_customer
from finance_console.doors import paging
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.admin.bank.forms import IgnoreForm, UploadForm, candidates, keep, kept, token
from ledger.models import BankLine, BankStatement
from ledger.queries.payers import suggestions
from ledger.services.bank.deciding import (
    ignore_line,
    lock_line,
    match_line,
    originals,
    undo_line,
)
from ledger.services.bank.importing import import_statement, preview
from ledger.services.bank.judging import Preview
from ledger.services.bank.reading import BankFileError
from ledger.services.operators import DESK, IMPORT

SHOWN = 200


@admin.register(BankStatement)
class BankStatementAdmin(Desk):
    list_display = (
        "name", "account", currency, "lines_count", amount("opening", gettext_lazy("opening balance")),
        amount("closing", gettext_lazy("closing balance")), "imported_by", "imported_at",
    )  # fmt: skip
    list_select_related = ("imported_by",)
    list_filter = ("currency",)
    search_fields = ("name", "account", "sha256")
    routes = (
        Route(address="upload/", view="upload_view", name="upload", permission=IMPORT),
        Route(address="import/", view="import_view", name="import", permission=IMPORT, only="POST"),
    )
    tools = (("upload", gettext_lazy("Import a bank statement")),)

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; then see what importing it would do. Nothing is imported here."""
        by = person_with(request, IMPORT)
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None, request.FILES if posted else None, label_suffix=""
        )
        previewed: Preview | None = None
        ticket = ""
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                choice = form.choice()
                previewed = preview(stream=file, by=by, at=moment(), choice=choice)
                ticket = keep(file, previewed.sha256, choice, previewed.format)
            except BankFileError as error:
                form.add_error("file", sentence(error))
                for line, problem in error.lines[1:]:
                    form.add_error(
                        "file",
                        _("Line %(number)s: %(problem)s") % {"number": line, "problem": problem},
                    )
        return self.show(
            request,
            "admin/ledger/statement_upload.html",
            title=_("Import a bank statement"),
            form=form,
            found=previewed,
            rows=previewed.rows[:SHOWN] if previewed else (),
            hidden=max(len(previewed.rows) - SHOWN, 0) if previewed else 0,
            ticket=ticket,
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Import the file that was previewed."""
        try:
            file = kept(request.POST.get("ticket", ""))
        except DomainError as error:
            messages.error(request, sentence(error))
            return self.go(request, self.url("upload"))
        if file is None:
            raise Http404
        name, stream, choice = file

        def act(by: User, at: datetime) -> str:
            statement, previewed = import_statement(
                name=name, stream=stream, by=by, at=at, choice=choice
            )
            if previewed.known:
                return _("This very file was imported before: nothing changed.")
            lines = BankLine.objects.filter(statement__sha256=previewed.sha256)
            states = lines.values_list("status", flat=True)
            return _("Imported %(name)s: %(matched)s matched, %(desk)s for the desk.") % {
                "name": statement.name,
                "matched": states.filter(status=BankLine.Status.MATCHED).count(),
                "desk": states.filter(status=BankLine.Status.UNMATCHED).count(),
            }

        desk = reverse("admin:ledger_bankline_desk")
        upload = self.url("upload")
        with stream:
            to = desk if request.user.has_perm(DESK) else upload
            return self.carry_out(request, act, to=to, back=upload)


@admin.register(BankLine)
class BankLineAdmin(Desk):
    list_display = (
        "reference", "booked_on", amount("amount", gettext_lazy("amount")), currency, "payer", "paid_into",
        "status", "decided_by",
    )  # fmt: skip
    list_select_related = ("decided_by",)
    list_filter = ("status", "currency")
    search_fields = ("reference", "payer", "paid_into", "remittance")
    customer_through = ("recharge__customer",)
    routes = (
        Route(address="desk/", view="desk_view", name="desk", permission=DESK, only="GET"),
        Route(
            address="<int:pk>/desk/", view="line_view", name="decide", permission=DESK, only="GET"
        ),
        Route(
            address="<int:pk>/do/<slug:name>/",
            view="action_view",
            name="do",
            permission=DESK,
            only="POST",
        ),
    )
    tools = (("desk", gettext_lazy("Bank lines to match")),)

    def all_rows(self) -> QuerySet[BankLine]:
        return BankLine.objects.select_related("statement", "recharge__customer", "decided_by")

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        """Lines that wait for a person, newest first."""
        waiting = BankLine.objects.filter(status=BankLine.Status.UNMATCHED)
        page = paging.page(waiting, paging.number(request.GET))
        title = _("Bank lines to match")
        return self.show(request, "admin/ledger/bank_desk.html", title=title, page=page)

    def line_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One line: look for the customer, match it, or say why it is no recharge."""
        return self._page(request, self.row(pk), IgnoreForm(label_suffix=""))

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Match or ignore, then back to the desk. A refusal is a message on the page of the line."""
        line = self.row(pk)
        form = IgnoreForm(request.POST if name == "ignore" else None, label_suffix="")
        if name == "ignore" and not form.is_valid():
            return self._page(request, line, form)
        if name not in {"ignore", "match", "undo"}:
            raise Http404

        def act(by: User, at: datetime) -> str:
            customer = None
            if name == "match":  # the customer's row is locked before the line
                customer = lock_customer(number_in(request.POST.get("customer", "")))
            # what is taken back locks a customer first, then both lines
            locked = self.row(pk) if name == "undo" else lock_line(line)
            if token(locked) != request.POST.get("seen"):
                raise DomainError("changed_since_opened")
            if name == "undo":
                original = self.row(number_in(request.POST.get("original", "")))
                undo_line(line=line, original=original, by=by, at=at)
                return _("%(line)s takes %(original)s back.") % {"line": line, "original": original}
            if customer is None:
                ignore_line(line=locked, reason=form.cleaned_data["reason"], by=by, at=at)
                return _("%(line)s is no recharge.") % {"line": line}
            match_line(line=locked, customer=customer, by=by, at=at)
            words = _("%(line)s is credited to %(customer)s.")
            return words % {"line": line, "customer": customer}

        page = self.url("decide", pk)
        return self.carry_out(request, act, to=self.url("desk"), back=page, about=line)

    def _page(self, request: HttpRequest, line: BankLine, form: IgnoreForm) -> HttpResponse:
        text = request.GET.get("q", line.payer)[:100]
        return self.show(
            request,
            "admin/ledger/bank_line.html",
            title=line,
            line=line,
            form=form,
            text=text,
            customers=candidates(text),
            suggestions=suggestions(line) if line.amount > 0 else (),
            originals=originals(line).select_related("recharge__customer")[:20]
            if line.amount < 0
            else (),
            seen=token(line),
        )


def number_in(text: str) -> int:
    """The key that a button sent; 0, which nobody has, for anything else."""
    return int(text) if text.isdecimal() else 0
