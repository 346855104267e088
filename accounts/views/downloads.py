"""Handing out uploaded files: whatever they hold, a browser only saves them (R53)."""

import structlog
from django.http import FileResponse, Http404

from accounts.models import UploadedFile
from accounts.services.requests.uploading import open_upload

log = structlog.get_logger(__name__)


def download(file: UploadedFile) -> FileResponse:
    """The file as an attachment that is neither guessed at nor kept in caches; the caller checked the right.

    Raises Http404 when the content is gone from the storage.
    """
    try:
        stored = open_upload(file)
    except FileNotFoundError:
        log.error("uploaded_file_missing", file=file.pk)
        raise Http404 from None
    response = FileResponse(
        stored, as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "sandbox"
    return response


def download_as_staff(file: UploadedFile, person: str, about: str) -> FileResponse:
    """`download` for staff, who leave a line in the log: these are other people's papers (R57)."""
    log.info("uploaded_file_read_by_staff", file=file.pk, person=person, about=about)
    return download(file)
