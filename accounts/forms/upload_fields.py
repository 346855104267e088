"""The form field for documents: several files at once, each checked before anything else happens."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.file_content import CleanFile
from accounts.services.requests.uploading import clean
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError


class DocumentsInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


def _said() -> str:
    words = gettext(
        "PDF, PNG or JPEG, up to %(files)s files of %(size)s MB each. Pictures are stored without place and time."
    )
    return words % {
        "files": settings.UPLOAD_MAX_FILES,
        "size": settings.UPLOAD_MAX_BYTES // 10**6,
    }


_limits = lazy(_said, str)
"""What may be uploaded, in the language of the page."""


class DocumentsField(forms.FileField):
    """Its value is a list of `CleanFile`, to be given to a service; at most `UPLOAD_MAX_FILES`."""

    widget = DocumentsInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Documents"))
        own = options.get("help_text", "")
        options["help_text"] = format_lazy("{} {}", own, _limits()) if own else _limits()
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[CleanFile]:
        """Raises ValidationError with the sentence of the first refusal."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            super().clean(None, initial)
            return []
        try:
            if len(files) > settings.UPLOAD_MAX_FILES:
                raise DomainError("too_many_files", limit=settings.UPLOAD_MAX_FILES)
            return [clean(name=file.name, content=file) for file in files]
        except DomainError as error:
            raise ValidationError(sentence(error), code=error.code) from error
