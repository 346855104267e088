"""Imported usage files and metered usage; a new file says what it changes before it is taken."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.admin.facts import FactAdmin, currency
from accounts.models import CustomerAccount, User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.admin.funds.forms import CustomerField
from ledger.admin.kept_files import keep_file, kept_file
from ledger.models import UsageBatch, UsageRecord, UsageSource
from ledger.services.operators import USAGE
from ledger.services.usage.files import UsageFileError, fingerprint
from ledger.services.usage.importing import Imported, take_usage
from ledger.services.usage.replacing import How

SALT = "ledger.usage_file"
MOST_BYTES = 50_000_000
HOW = (
    (
        How.AUTO,
        gettext_lazy("As the lines show: an export that holds earlier lines again replaces them"),
    ),
    (How.REPLACE, gettext_lazy("It replaces all earlier files of its billing accounts and months")),
    (How.ADD, gettext_lazy("It is a further part: nothing is replaced")),
)


class UsageForm(forms.Form):
    """A usage file, and whose it is."""

    customer = CustomerField(label=gettext_lazy("Customer number"), max_length=32)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "FOCUS 1.x, AWS CUR 2.0 or Alibaba Cloud consumption details as CSV, plain or gzip, up to 50 MB; larger"
            " ones with the command import_usage."
        ),
    )
    how = forms.ChoiceField(label=gettext_lazy("Earlier files"), choices=HOW)

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB.") % {"limit": MOST_BYTES // 1_000_000}
            )
        return file


@admin.register(UsageBatch)
class UsageBatchAdmin(Desk):
    list_display = (
        "name", "customer", "lines", "total", "changed_lines", "changed_total", currency, "imported_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    search_fields = ("name", "sha256", "customer__code")
    routes = (
        Route(address="upload/", view="upload_view", name="upload", permission=USAGE),
        Route(address="import/", view="import_view", name="import", permission=USAGE, only="POST"),
    )
    tools = (("upload", gettext_lazy("Import a usage file")),)

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; then see what it changes. Nothing is kept of it but the file."""
        form = UsageForm(request.POST or None, request.FILES or None, label_suffix="")
        looked: Imported | None = None
        ticket = ""
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                looked = take_usage(
                    customer=data["customer"], name=data["file"].name, stream=data["file"], at=moment(),
                    how=How(data["how"]), only_look=True,
                )  # fmt: skip
                sha256 = fingerprint(data["file"])
                ticket = keep_file(
                    "usage", data["file"], sha256, [data["customer"].pk, data["how"]], SALT
                )
            except DomainError as error:
                form.add_error("file", sentence(error))
                for number, problem in error.lines[1:] if isinstance(error, UsageFileError) else ():
                    words = _("Line %(number)s: %(problem)s") % {
                        "number": number,
                        "problem": problem,
                    }
                    form.add_error("file", words)
        return self.show(
            request,
            "admin/ledger/usage_upload.html",
            title=_("Import a usage file"),
            form=form,
            found=looked,
            ticket=ticket,
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take the file that was looked at."""
        known = kept_file("usage", request.POST.get("ticket", ""), SALT)
        if known is None:
            raise Http404
        name, stream, (customer, how) = known

        def act(by: User, at: datetime) -> str:
            owner = CustomerAccount.objects.get(pk=customer)
            imported = take_usage(customer=owner, name=name, stream=stream, at=at, how=How(how))
            if imported.known:
                return _("This very file was imported before: nothing changed.")
            words = _("Imported %(name)s: %(lines)s lines.")
            return words % {"name": name, "lines": imported.batch.lines}

        with stream:
            changelist = self.url("changelist")
            return self.carry_out(request, act, to=changelist, back=self.url("upload"))


@admin.register(UsageSource)
class UsageSourceAdmin(FactAdmin):
    list_display: Any = ("customer", "issuer", "account", "month")
    list_select_related = ("customer",)
    search_fields = ("customer__code", "issuer", "account")


@admin.register(UsageRecord)
class UsageRecordAdmin(FactAdmin):
    list_display = (
        "customer",
        "tax_category",
        "product",
        "amount",
        currency,
        "used_at",
        "period",
        "bill_line",
    )
    list_select_related = ("customer", "tax_category", "product", "bill_line")
    list_filter = ("currency",)
    search_fields = ("customer__code", "=period")
