"""Keeping uploaded files: checked by their content, stored under their SHA-256, owned by a customer."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.domain.file_content import CleanFile, inspect
from accounts.models import CustomerAccount, UploadedFile, User
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError

A_DAY = timedelta(hours=24)


def path_of(sha256: str) -> str:
    """Where the file with this hash lies in the storage, which no web server hands out."""
    return f"uploads/{sha256[:2]}/{sha256}"


def clean(*, name: str, content: bytes | IO[bytes]) -> CleanFile:
    """The file as it may be kept, within the sizes of this deployment. Writes nothing.

    Slow for pictures: do it before any lock, such as in a form. Raises `upload_refused`.
    """
    most = settings.UPLOAD_MAX_BYTES
    read = content if isinstance(content, bytes) else content.read(most + 1)
    return inspect(name=name, content=read, most_bytes=most, most_pixels=settings.UPLOAD_MAX_PIXELS)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies in the storage under its SHA-256 (hex), and is nobody's yet. `size` in bytes."""

    name: str
    content_type: str
    sha256: str
    size: int


def store(files: Iterable[CleanFile]) -> list[StoredFile]:
    """Write files that `clean` has seen into the storage: before any lock, it is outside of the database.

    Storing is harmless when nothing comes of it: a file without a row is nobody's and is shown to nobody.
    """
    return [
        StoredFile(file.name, file.content_type, _store(file.content), len(file.content))
        for file in files
    ]


@transaction.atomic
def keep(
    *, customer: CustomerAccount, file: StoredFile, by: User | None, at: datetime
) -> UploadedFile:
    """Keep a stored file for this customer.

    Raises `account_closed`, and `too_many_uploads` above `UPLOAD_DAILY_COUNT` a day.
    """
    customer = lock_customer(customer.pk)
    require_open(customer)
    recent = UploadedFile.objects.filter(
        customer=customer, uploaded_at__gt=at - A_DAY, uploaded_at__lte=at
    )
    if recent.count() >= settings.UPLOAD_DAILY_COUNT:
        raise DomainError("too_many_uploads", limit=settings.UPLOAD_DAILY_COUNT)
    return UploadedFile.objects.create(
        customer=customer,
        name=file.name,
        content_type=file.content_type,
        sha256=file.sha256,
        size=file.size,
        uploaded_by=by,
        uploaded_at=at,
    )


def keep_upload(
    *,
    customer: CustomerAccount,
    name: str,
    content: bytes | IO[bytes],
    by: User | None,
    at: datetime,
) -> UploadedFile:
    """Check an upload and keep it: PDF, PNG or JPEG only (R53).

    Raises `upload_refused`, `account_closed`, `too_many_uploads`.
    """
    (stored,) = store([clean(name=name, content=content)])
    return keep(customer=customer, file=stored, by=by, at=at)


def open_upload(file: UploadedFile) -> Any:
    """The stored content, to read. Raises FileNotFoundError when it is gone."""
    return default_storage.open(path_of(file.sha256))


def is_stored(file: UploadedFile, *, thorough: bool) -> bool:
    """Whether its content lies in the storage, as long as it was kept; `thorough`: and byte for byte."""
    path = path_of(file.sha256)
    if not default_storage.exists(path) or default_storage.size(path) != file.size:
        return False
    if not thorough:
        return True
    with default_storage.open(path) as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest() == file.sha256


def _store(content: bytes) -> str:
    """Keep `content` under its SHA-256 (hex); storing again is harmless."""
    sha256 = hashlib.sha256(content).hexdigest()
    default_storage.save(path_of(sha256), ContentFile(content))
    return sha256
