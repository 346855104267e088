"""The logo and the seal of a selling company, as its English documents show them: uploaded, drawn anew, kept as PNG."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.domain.file_content import PDF
from accounts.services.requests.uploading import clean
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError, gettext_noop
from invoicing.documents import png
from invoicing.documents.errors import InvalidSnapshot


class PictureField(forms.FileField):
    """Its value is a PNG as documents take it, or b"" when nothing was uploaded."""

    widget = forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg"})

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", _("PNG or JPEG. It is made smaller where it is too large for documents.")
        )
        super().__init__(required=False, **options)

    def clean(self, data: Any, initial: Any = None) -> bytes:
        """Raises ValidationError with the sentence of the refusal."""
        if not data:
            return b""
        try:
            return _picture(data.name, data)
        except DomainError as error:
            raise ValidationError(sentence(error), code=error.code) from error


class EntityPictures(forms.ModelForm):
    """Fields for both pictures: a new one replaces the old, a tick takes it away."""

    logo_file = PictureField(label=_("Logo"))
    seal_file = PictureField(label=_("Seal"))
    no_logo = forms.BooleanField(label=_("Take the logo away"), required=False)
    no_seal = forms.BooleanField(label=_("Take the seal away"), required=False)

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001 (the signature of Django)
        for name in ("logo", "seal"):
            if self.cleaned_data[f"no_{name}"]:
                setattr(self.instance, name, b"")
            elif uploaded := self.cleaned_data[f"{name}_file"]:
                setattr(self.instance, name, uploaded)
        return super().save(commit=commit)


def _picture(name: str, file: Any) -> bytes:
    """What was uploaded, as a PNG for documents. Raises `upload_refused`."""
    cleaned = clean(name=name, content=file)
    if cleaned.content_type == PDF:
        raise DomainError("upload_refused", name=name, problem=gettext_noop("it is no picture"))
    try:
        return png.fitting(cleaned.content)
    except InvalidSnapshot:
        raise DomainError(
            "upload_refused", name=name, problem=gettext_noop("it is too large")
        ) from None
