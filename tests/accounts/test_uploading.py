"""Uploaded files: the content decides, nothing dangerous is kept, and only their owner gets them (R53)."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from PIL import Image

from accounts.domain.file_content import CleanFile
from accounts.models import UploadedFile
from accounts.services.requests import uploading
from accounts.services.requests.uploading import clean, keep_upload
from invoicing.documents.fonts import load_weasyprint
from tests.accounts.pictures import PDF, picture
from tests.builders import at, closed_story, make_story
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOW = at("2026-03-01 09:00")


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "hello")
    return file.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def keep(story, name="licence.pdf", content=PDF, when=NOW):
    return keep_upload(customer=story.customer, name=name, content=content, by=story.user, at=when)


def test_a_pdf_is_kept_as_it_is_under_its_sha256(files_root):
    story = make_story()
    kept = keep(story, "C:\\scans\\licence.PDF")
    assert (kept.name, kept.content_type, kept.size) == ("licence.pdf", "application/pdf", len(PDF))
    assert (files_root / "uploads" / kept.sha256[:2] / kept.sha256).read_bytes() == PDF
    assert (kept.customer, kept.uploaded_by, kept.uploaded_at) == (story.customer, story.user, NOW)


def test_a_torn_picture_is_refused_where_documents_are_made_too():
    load_weasyprint()
    story = make_story()
    refused("upload_refused", lambda: keep(story, "licence.png", picture()[:-30]))


def test_the_content_decides_not_the_name():
    story = make_story()
    assert keep(story, "licence.pdf", picture("JPEG")).name == "licence.jpg"
    assert keep(story, "photo", io.BytesIO(picture("PNG"))).content_type == "image/png"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is neither PDF nor PNG nor JPEG"),
        (b"<!doctype html><script>1</script>", "it is neither PDF nor PNG nor JPEG"),
        (b"MZ\x90\x00" + b"\0" * 60, "it is neither PDF nor PNG nor JPEG"),
        (archive(), "it is neither PDF nor PNG nor JPEG"),
        (b"GIF89a" + b"\0" * 20, "it is neither PDF nor PNG nor JPEG"),
        (PDF + archive(), "it holds a second file of another kind"),
        (picture() + archive(), "it holds a second file of another kind"),
        (PDF[:-6] + b"<script>1</script>%%EOF", "it holds a second file of another kind"),
        (picture("JPEG", comment=PDF), "it holds a second file of another kind"),
        (PDF + b"more", "it is damaged or something follows its end"),
        (PDF.replace(b"/Root", b"/S /JavaScript /Root"), "it runs programs when it is opened"),
        (picture()[:-30], "it is damaged"),
        (huge_png(4, 4), "it is damaged"),
        (huge_png(50_000, 50_000), "it has too many pixels"),
    ],
)
def test_what_is_not_plainly_one_harmless_file_is_refused(content, problem):
    story = make_story()
    refusal = refused("upload_refused", lambda: keep(story, "licence.pdf", content))
    assert refusal.values == {"name": "licence.pdf", "problem": problem}
    assert not UploadedFile.objects.exists()


def test_a_file_above_the_limit_is_refused_without_reading_it_all(settings):
    settings.UPLOAD_MAX_BYTES = len(PDF) - 1
    story = make_story()
    stream = io.BytesIO(PDF + b" " * 1000)
    refusal = refused("upload_refused", lambda: keep(story, content=stream))
    assert refusal.values["problem"] == "it is too large"
    assert stream.tell() == len(PDF)


def test_a_picture_is_drawn_anew_without_what_was_hidden_in_it():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    exif[0x0112] = 6  # lying on its side
    kept = clean(
        name="a.jpg", content=picture("JPEG", exif=exif, comment=b"a secret") + b"trailing"
    )
    assert isinstance(kept, CleanFile)
    assert not any(hidden in kept.content for hidden in (b"where I live", b"secret", b"trailing"))
    with Image.open(io.BytesIO(kept.content)) as drawn:
        assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("JPEG", (3, 4), {})


def test_a_see_through_picture_stays_see_through():
    file = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(file, "PNG")
    kept = clean(name="seal.png", content=file.getvalue())
    with Image.open(io.BytesIO(kept.content)) as drawn:
        assert (drawn.mode, drawn.getpixel((0, 0))) == ("RGBA", (0, 0, 0, 0))


def test_a_name_that_deceives_is_made_plain():
    assert clean(name="../../etc/\u202efdp.exe", content=PDF).name == "fdp.pdf"
    assert clean(name="." * 300, content=PDF).name == "file.pdf"
    assert len(clean(name="执照" * 100 + ".pdf", content=PDF).name) == 120


def test_a_day_allows_a_number_of_files(settings):
    settings.UPLOAD_DAILY_COUNT = 2
    story = make_story()
    keep(story)
    keep(story)
    refusal = refused("too_many_uploads", lambda: keep(story))
    assert refusal.values == {"limit": 2}
    assert keep(story, when=NOW + timedelta(hours=24)).pk


def test_the_same_content_is_stored_once_and_a_half_written_one_again(files_root):
    story = make_story()
    first = keep(story)
    stored = files_root / uploading.path_of(first.sha256)
    stored.write_bytes(PDF[:10])
    second = keep(story, "again.pdf")
    assert first.sha256 == second.sha256
    assert stored.read_bytes() == PDF
    assert [file.name for file in stored.parent.iterdir()] == [first.sha256]


def test_a_closed_account_keeps_nothing_more():
    story = closed_story()
    refused("account_closed", lambda: keep(story))
