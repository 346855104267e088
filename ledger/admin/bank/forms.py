"""What the desk for bank statements types, finds and keeps between preview and import."""

from typing import IO

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerAccount
from ledger.domain.bank_files import MOST_BYTES
from ledger.models import BankLine

SALT = "ledger.bank_statement"
AN_HOUR = 3600
MOST_CANDIDATES = 20


class UploadForm(forms.Form):
    """A bank statement."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "camt.053 (XML), MT940 or CSV, up to 20 MB. You see what it does before it is imported."
        ),
    )

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


def keep(file: UploadedFile, sha256: str) -> str:
    """Store the file under its checksum, as evidence; a signed ticket to import it within the hour."""
    default_storage.save(_path(sha256), file)
    return signing.dumps([sha256, file.name], salt=SALT)


def kept(ticket: str) -> tuple[str, IO[bytes]] | None:
    """Name and content of the file that `ticket` is for; None for a forged or an old one."""
    try:
        sha256, name = signing.loads(ticket, salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        return None
    if not default_storage.exists(_path(sha256)):
        return None
    return name, default_storage.open(_path(sha256), "rb")


def _path(sha256: str) -> str:
    return f"bank/{sha256[:2]}/{sha256}"
