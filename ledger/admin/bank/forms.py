"""What the desk for bank statements types, finds and keeps between preview and import."""

from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from ledger.admin.kept_files import keep_file, kept_file
from ledger.domain.bank_files import MOST_BYTES
from ledger.domain.bank_format import Format
from ledger.domain.bank_rows import Ours
from ledger.models import BankLine
from ledger.services.bank.formats import current_formats
from ledger.services.bank.reading import AS_IT_SAYS, Choice

SALT = "ledger.bank_statement"
MOST_CANDIDATES = 20


class UploadForm(forms.Form):
    """A bank statement."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "camt.053 (XML), MT940 or CSV, up to 20 MB. You see what it does before it is imported."
        ),
    )
    format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        help_text=_("Of a bank's own CSV; the header of most files says which it is."),
    )
    account = forms.CharField(
        label=_("Our account"),
        required=False,
        max_length=40,
        help_text=_("Where the file does not say it, or only a part of it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        formats = [(code, form.name) for code, form in current_formats().items()]
        self.fields["format"].choices = [("", _("Recognised by the file")), *formats]  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        """What the person says of the file."""
        return Choice(self.cleaned_data["format"], Ours(self.cleaned_data["account"]))

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."))
        return file


class IgnoreForm(forms.Form):
    """Why a line is no recharge."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example: a bank fee, our own payment.")
    )


def token(line: BankLine) -> str:
    """What the desk has seen of the state: it travels through the forms as `seen`."""
    return f"{line.status}.{line.decided_by_id or 0}"


def candidates(text: str) -> QuerySet[CustomerAccount]:
    """Customers whose number, name, certified name or dedicated account fits `text`; none for ""."""
    text = text.strip()
    if not text:
        return CustomerAccount.objects.none()
    fits = (
        Q(code__iexact=text)
        | Q(name__icontains=text)
        | Q(certifications__name__icontains=text)
        | Q(dedicated_account__number=text)
    )
    customers = CustomerAccount.objects.filter(fits).select_related("dedicated_account")
    return customers.distinct().order_by("code")[:MOST_CANDIDATES]


def keep(
    file: UploadedFile, sha256: str, choice: Choice = AS_IT_SAYS, form: Format | None = None
) -> str:
    """Store the file under its checksum, as evidence; a signed ticket to import it within the hour.

    The ticket says by which format it was previewed, and what that format was.
    """
    code, digest = (form.code, form.digest) if form else ("", "")
    return keep_file("bank", file, sha256, [code, digest, choice.ours.account], SALT)


def kept(ticket: str) -> tuple[str, IO[bytes], Choice] | None:
    """Name and content of the file that `ticket` is for, and how to read it; None for a forged or an old one.

    Raises `changed_since_opened` when the format is another one by now.
    """
    known = kept_file("bank", ticket, SALT)
    if known is None:
        return None
    name, stream, (code, digest, account) = known
    form = current_formats().get(code) if code else None
    if code and (form is None or form.digest != digest):
        raise DomainError("changed_since_opened")
    return name, stream, Choice(code, Ours(account))
