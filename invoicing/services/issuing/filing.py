"""Filing: frozen content becomes files, stored under their SHA-256 and made again when their bytes are lost."""

import hashlib
from collections.abc import Collection, Container, Iterator
from datetime import datetime
from itertools import chain, islice

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from invoicing.documents.errors import DocumentError, DocumentToolMissing, InvalidSnapshot
from invoicing.documents.files import FORMATS, Rendered, render_files
from invoicing.documents.signing import sign_pdf
from invoicing.documents.snapshot import InvoiceSnapshot
from invoicing.models import CreditNote, Invoice, InvoiceFile, Proforma

BATCH = 100
FAILURES = 500  # a run gives up after so many, so that it ends when nothing can be rendered
log = structlog.get_logger(__name__)
Document = Invoice | CreditNote


class FileLost(DocumentError):
    """The stored bytes of a file are gone or altered, and its content gives other bytes today."""

    def __init__(self, what: str, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"The {what} cannot be read, and making it again gives another file.")


def path_of(sha256: str, extension: str = "pdf") -> str:
    """Where the file with this hash lies in the storage."""
    return f"documents/{sha256[:2]}/{sha256}.{extension}"


def store(content: bytes, extension: str = "pdf") -> str:
    """Keep `content` under its SHA-256 (hex), which is returned; storing again is harmless."""
    sha256 = hashlib.sha256(content).hexdigest()
    default_storage.save(path_of(sha256, extension), ContentFile(content))
    return sha256


def read(sha256: str, extension: str = "pdf") -> bytes:
    """The bytes stored under this hash. Raises FileNotFoundError when they are gone or not those any more."""
    with default_storage.open(path_of(sha256, extension)) as file:
        content = bytes(file.read())
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileNotFoundError(sha256)
    return content


def content_of(file: InvoiceFile) -> bytes:
    """The bytes of `file`, made again from the frozen content when they are lost.

    Raises `FileLost` when that gives other bytes: what was issued is never replaced.
    """
    try:
        return read(file.sha256, file.format)
    except FileNotFoundError:
        log.warning("document_bytes_lost", file=file.pk, sha256=file.sha256)
    document = file.invoice or file.credit_note
    try:
        made = _render(document).files.get(file.format) if document else None
    except InvalidSnapshot:  # what was frozen is not there, or was altered
        made = None
    if made is None or hashlib.sha256(made).hexdigest() != file.sha256:
        log.error("document_lost", file=file.pk, sha256=file.sha256)
        raise FileLost(str(file), file.sha256)
    store(made, file.format)
    return made


def waiting_for_files(at: datetime) -> Iterator[Document]:
    """Issued invoices and credit notes without all of their files, oldest first: a partial index each."""
    for kind in (Invoice, CreditNote):
        lacking = kind.objects.filter(number__isnull=False, filed=False, issued_at__lte=at)
        for key in lacking.order_by("issued_at", "pk").values_list("pk", flat=True):
            yield kind.objects.get(pk=key)


def render_waiting(*, at: datetime) -> int:
    """Render the files of issued documents that lack some, at most `BATCH`. Returns for how many some were made.

    Rendering happens outside of any lock; two workers may render the same document, the bytes are
    the same and one row wins. What cannot be rendered is logged and does not stop the others: the
    invoice stays issued (R14).
    """
    made = failed = 0
    for document in waiting_for_files(at):
        try:
            done = render(document=document, at=at)
        except DocumentToolMissing as problem:
            log.exception("documents_cannot_be_made")
            _note(document, str(problem))
            break
        except Exception as problem:
            log.exception("document_not_rendered", document=str(document))
            _note(document, f"{type(problem).__name__}: {problem}")
            done = 0
        made, failed = made + bool(done), failed + (not done)
        if made >= BATCH or failed >= FAILURES:
            break
    return made


def render(*, document: Document, at: datetime) -> int:
    """Make and file what `document` lacks. Returns how many files were added.

    All formats are made in one pass; one that fails is logged and the others are kept. Raises
    `DocumentToolMissing` when this machine can make none.
    """
    rendered = _render(document)
    for name, problem in rendered.problems.items():
        if isinstance(problem, DocumentToolMissing):
            raise problem
        log.error("document_not_rendered", document=str(document), format=name, exc_info=problem)
    added = sum(_file(document, name, content, at) for name, content in rendered.files.items())
    if set(rendered.files) >= set(FORMATS):
        type(document).objects.filter(pk=document.pk).update(filed=True, filing_problem="")
    else:
        _note(document, "; ".join(f"{name}: {why}" for name, why in rendered.problems.items()))
    return added


def _note(document: Document, problem: str) -> None:
    """Why files are missing, for staff; the customer reads that they are delayed. The next run tries again."""
    waiting = type(document).objects.filter(pk=document.pk, filed=False)
    waiting.update(filing_problem=problem[:300])


def _render(document: Document) -> Rendered:
    rendered = render_files(InvoiceSnapshot.from_json(document.snapshot))
    assert document.issued_at is not None, "only issued documents have files"
    if "pdf" in rendered.files:
        rendered.files["pdf"] = signed(rendered.files["pdf"], document.issued_at)
    return rendered


def signed(content: bytes, at: datetime) -> bytes:
    """The PDF with the seller's signature of the moment `at`, where a key is configured."""
    return sign_pdf(
        content,
        at=at,
        key_file=settings.PDF_SIGNING_KEY_FILE,
        passphrase=settings.PDF_SIGNING_PASSPHRASE,
    )


def _file(document: Document, name: str, content: bytes, at: datetime) -> bool:
    """False when the document has its file of this format already. What has no row is not kept."""
    owner = "invoice" if isinstance(document, Invoice) else "credit_note"
    if InvoiceFile.objects.filter(**{owner: document}, format=name).exists():
        return False
    sha256 = store(content, name)
    with transaction.atomic():
        row, created = InvoiceFile.objects.get_or_create(
            **{owner: document},
            format=name,
            defaults={"sha256": sha256, "size": len(content), "rendered_at": at},
        )
    if row.sha256 != sha256:  # another worker was quicker, with other bytes (a signature, say)
        default_storage.delete(path_of(sha256, name))
    return created


def lost_files(limit: int, *, read: Container[str]) -> list[FileLost]:
    """Files whose bytes are gone or torn and cannot be made again, for the audit: at most `limit`.

    The size of every file is looked at; the bytes of those whose SHA-256 begins with one of `read`.
    """
    rows = InvoiceFile.objects.select_related("invoice", "credit_note").order_by("pk")
    return list(islice(_lost(rows.iterator(chunk_size=1000), read), limit))


def files_without_row(limit: int, *, among: Collection[str], before: datetime) -> list[str]:
    """Documents stored `before` that no row names, for the audit: at most `limit`.

    Those whose SHA-256 begins with one of `among` (two digits each) are looked at.
    """
    return list(islice(_without_row(among, before), limit))


def _without_row(among: Collection[str], before: datetime) -> Iterator[str]:
    for part in sorted(among):
        try:
            _folders, names = default_storage.listdir(f"documents/{part}")
        except FileNotFoundError:
            continue
        known = {
            path_of(sha256, extension).rsplit("/", 1)[-1]
            for sha256, extension in chain(
                InvoiceFile.objects.filter(sha256__startswith=part).values_list("sha256", "format"),
                _proforma_files(part),
            )
        }
        for name in sorted(set(names) - known):
            path = f"documents/{part}/{name}"
            if default_storage.get_modified_time(path) < before:
                yield path


def _proforma_files(part: str) -> Iterator[tuple[str, str]]:
    drawn = Proforma.objects.filter(sha256__startswith=part).values_list("sha256", flat=True)
    return ((sha256, "pdf") for sha256 in drawn)


def _is_whole(file: InvoiceFile, *, thorough: bool) -> bool:
    path = path_of(file.sha256, file.format)
    try:
        if default_storage.size(path) != file.size:
            return False
        if thorough:
            read(file.sha256, file.format)
    except FileNotFoundError:
        return False
    return True


def _lost(rows: Iterator[InvoiceFile], hashed: Container[str]) -> Iterator[FileLost]:
    for file in rows:
        if not _is_whole(file, thorough=file.sha256[:2] in hashed):
            try:
                content_of(file)
            except FileLost as problem:
                yield problem
