"""What an uploaded file really is, and a copy of it that can do no harm (R53).

The content decides, never the name: PDF, PNG or JPEG, and nothing else besides. Pictures are decoded
and drawn anew, which leaves behind whatever was hidden in them (and where they were taken).
"""

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from finance_console.kernel.errors import DomainError
from finance_console.kernel.errors import gettext_noop as _

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
MAGIC = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
ENDINGS = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg"}
LONGEST_NAME = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"<>|:*?\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_MARKUP = re.compile(rb"<(?:html|script|svg[\s>]|!doctype|\?php)", re.IGNORECASE)
_RUNS = re.compile(rb"/(?:JavaScript|Launch)\b")
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_TAIL = 22 + 0xFFFF  # the end of an archive, with the longest comment


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A file that may be kept: `name` ends as its kind does, `content` is safe to hand out."""

    name: str
    content_type: str
    content: bytes


def inspect(*, name: str, content: bytes, most_bytes: int, most_pixels: int) -> CleanFile:
    """The file as it may be kept.

    Raises `upload_refused`: empty, larger than `most_bytes` (as sent, or drawn anew), a picture of more
    than `most_pixels`, neither PDF nor PNG nor JPEG, damaged, or two kinds of file in one.
    """
    shown = name.rsplit("/")[-1].rsplit("\\")[-1][:LONGEST_NAME]
    if not content:
        raise _refusal(shown, _("it is empty"))
    if len(content) > most_bytes:
        raise _refusal(shown, _("it is too large"))
    kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        raise _refusal(shown, _("it is neither PDF nor PNG nor JPEG"))
    if _ARCHIVE_END in content[-_ARCHIVE_TAIL:] or _MARKUP.search(content):
        raise _refusal(shown, _("it holds a second file of another kind"))
    if kind == PDF:
        _check_pdf(shown, content)
    else:
        content = _drawn_anew(shown, content, kind, most_pixels)
    if len(content) > 4 * most_bytes:
        raise _refusal(shown, _("it is too large"))
    return CleanFile(_name(name, kind), kind, content)


def _check_pdf(name: str, content: bytes) -> None:
    if not content.rstrip(b"\0\t\n\f\r ").endswith(b"%%EOF"):
        raise _refusal(name, _("it is damaged or something follows its end"))
    if _RUNS.search(content):
        raise _refusal(name, _("it runs programs when it is opened"))


def _drawn_anew(name: str, content: bytes, kind: str, most_pixels: int) -> bytes:
    """The same picture, decoded and encoded: upright, one frame, without anything besides."""
    if b"%PDF-" in content[:1024]:
        raise _refusal(name, _("it holds a second file of another kind"))
    drawn = io.BytesIO()
    form = kind.removeprefix("image/").upper()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its size is judged here, not by a warning
            with Image.open(io.BytesIO(content), formats=[form]) as picture:
                if picture.width * picture.height > most_pixels:
                    raise _refusal(name, _("it has too many pixels"))
                upright = ImageOps.exif_transpose(picture)
                _plain(upright, kind).save(drawn, form, quality=90, optimize=False)
    except DomainError:
        raise
    except Image.DecompressionBombError:
        raise _refusal(name, _("it has too many pixels")) from None
    except Exception:  # noqa: BLE001 (decoders raise whatever they like at damaged content)
        raise _refusal(name, _("it is damaged")) from None
    return drawn.getvalue()


def _plain(picture: Image.Image, kind: str) -> Image.Image:
    """Without palette, depth or notes that an encoder would carry over."""
    see_through = kind == PNG and (picture.mode in {"RGBA", "LA"} or "transparency" in picture.info)
    mode = "RGBA" if see_through else "L" if picture.mode in {"1", "L"} else "RGB"
    plain = picture if picture.mode == mode else picture.convert(mode)
    plain.info = {}
    return plain


def _name(name: str, kind: str) -> str:
    """The last part of `name`, without what could deceive a reader, ending as its kind does."""
    bare = _UNSAFE.sub("", name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = bare.rsplit(".", 1)[0].strip(" .") or "file"
    return stem[: LONGEST_NAME - len(ENDINGS[kind])] + ENDINGS[kind]


def _refusal(name: str, problem: str) -> DomainError:
    return DomainError("upload_refused", name=name, problem=problem)
