"""Files between the page that shows what they do and the button that does it: kept, with a signed ticket."""

from collections.abc import Sequence
from typing import IO, Any

from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

AN_HOUR = 3600


def keep_file(
    folder: str, file: UploadedFile, sha256: str, values: Sequence[Any], salt: str
) -> str:
    """Store the file under its checksum, as evidence; a ticket to take it within the hour.

    `values` are what else the person said; they travel in the ticket.
    """
    file.seek(0)
    default_storage.save(_path(folder, sha256), file)
    return signing.dumps([sha256, file.name, *values], salt=salt)


def kept_file(folder: str, ticket: str, salt: str) -> tuple[str, IO[bytes], list[Any]] | None:
    """Name, content and values of the file that `ticket` is for; None for a forged or an old one."""
    try:
        sha256, name, *values = signing.loads(ticket, salt=salt, max_age=AN_HOUR)
    except (signing.BadSignature, ValueError):
        return None
    if not default_storage.exists(_path(folder, sha256)):
        return None
    return name, default_storage.open(_path(folder, sha256), "rb"), values


def _path(folder: str, sha256: str) -> str:
    return f"{folder}/{sha256[:2]}/{sha256}"
