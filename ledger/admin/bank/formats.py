"""Formats of banks in the admin: seen, defined with a sample beside it, approved by another person."""

from datetime import datetime
from typing import IO

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from ledger.admin.bank.format_form import FormatForm
from ledger.admin.bank.forms import keep, kept
from ledger.domain import bank_format
from ledger.domain.bank_rows import Ours
from ledger.models import BankFormat
from ledger.services.bank.formats import approve_format, current_formats, define_format
from ledger.services.bank.reading import BankFileError, Reading, read_with, sha256_of
from ledger.services.operators import FORMATS

SHOWN = 20


@admin.register(BankFormat)
class BankFormatAdmin(Desk):
    """Versions; those that wait have a button for a second person."""

    permission = FORMATS
    list_display = ("code", "version", "made_by", "made_at", "approved_by", "approved_at")
    list_select_related = ("made_by", "approved_by")
    search_fields = ("code",)
    routes = (
        Route(address="define/", view="define_view", name="define"),
        Route(address="waiting/", view="waiting_view", name="waiting"),
        Route(address="<int:pk>/approve/", view="approve_view", name="approve", only="POST"),
    )
    tools = (
        ("define", gettext_lazy("Define a format")),
        ("waiting", gettext_lazy("Formats to approve")),
    )

    def define_view(self, request: HttpRequest) -> HttpResponse:
        """A format, beginning with one that is there (`?from=`), with its sample as it is understood."""
        formats = current_formats()
        start = formats.get(request.GET.get("from", ""))
        initial = {"code": start.code, **start.definition} if start else {}
        form = FormatForm(request.POST or None, request.FILES or None, initial=initial)
        reading: Reading | None = None
        ticket = request.POST.get("ticket", "")
        if "preview" in request.POST:
            sample = request.FILES.get("sample")
            if form.is_valid() and sample:
                ticket = keep(sample, sha256_of(sample))
            known = kept(ticket)
            if form.is_valid() and known:
                with known[1] as stream:
                    reading = self._read(form, stream)
        else:

            def act(by: User, at: datetime) -> str:
                code = form.cleaned_data["code"]
                row = define_format(code=code, definition=form.definition(), by=by, at=at)
                return _("%(format)s waits for another person.") % {"format": row}

            done = self.fill(request, form, act, to=self.url("waiting"))
            if done:
                return done
        lines = [line for _head, part in reading.statements for line in part] if reading else []
        return self.show(
            request,
            "admin/ledger/bank_format.html",
            title=_("Define a format"),
            form=form,
            formats=formats.values(),
            reading=reading,
            ticket=ticket,
            head=reading.statements[0][0] if reading else None,
            lines=lines[:SHOWN],
            count=len(lines),
        )

    def _read(self, form: FormatForm, sample: IO[bytes]) -> Reading | None:
        parsed = bank_format.parse(form.cleaned_data["code"], form.definition())
        try:
            return read_with(sample, parsed, Ours(form.cleaned_data["account"]), moment())
        except BankFileError as error:
            form.add_error("sample", sentence(error))
            for number, problem in error.lines[1:]:
                words = _("Line %(number)s: %(problem)s") % {"number": number, "problem": problem}
                form.add_error("sample", words)
            return None

    def waiting_view(self, request: HttpRequest) -> HttpResponse:
        """Versions that nobody approved yet, with what they change."""
        formats = current_formats()
        waiting = []
        for row in BankFormat.objects.filter(approved_by=None).select_related("made_by")[:SHOWN]:
            before = formats[row.code].definition if row.code in formats else {}
            fields = [
                name for name in bank_format.FIELDS if name in before or name in row.definition
            ]
            changes = [
                (name, before.get(name, ""), row.definition.get(name, ""))
                for name in fields
                if before.get(name, "") != row.definition.get(name, "")
            ]
            waiting.append((row, changes))
        title = _("Formats to approve")
        return self.show(request, "admin/ledger/bank_formats.html", title=title, waiting=waiting)

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a version in force."""
        row = self.row(pk)

        def act(by: User, at: datetime) -> str:
            approve_format(row=row, by=by, at=at)
            return _("%(format)s is in force.") % {"format": row}

        return self.carry_out(request, act, to=self.url("waiting"), about=row)
