"""Templates to PDF/A-3a: the same context gives the same bytes, in any process, on any day.

Fonts and parsed stylesheets are made once per process, because that saves half the time and most of the memory; pango's
font maps are not made for two threads at once, so documents of one process are made one after the other. Templates are
filled by a Django engine of their own: it needs no settings, translates nothing and escapes everything. No URL is ever
fetched; pictures come inside the context, as data.
"""

import os
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from invoicing.documents import fonts
from invoicing.documents.errors import MissingGlyph
from invoicing.documents.face_html import face_stylesheet

_PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = _PROJECT / "templates" / "documents"
STYLESHEETS = _PROJECT / "static" / "documents"
VARIANT = "pdf/a-3a"
OPTIONS: Mapping[str, Any] = {"pdf_variant": VARIANT}
# The stylesheet of each template, and what is written by the program in front of it.
_STYLES: Mapping[str, tuple[str, Callable[[], str]]] = {
    "invoice": ("invoice", face_stylesheet),
    "proforma": ("proforma", str),
    "commercial": ("proforma", str),
    "detail": ("detail", str),
}
_COMPRESSION = 6  # the highest level takes three times as long for one part in a hundred


@dataclass(frozen=True)
class Tools:
    """What is made once per process and used for every document."""

    weasyprint: Any
    font_config: Any
    fetcher: Any
    stylesheets: Mapping[str, Any]


@dataclass(frozen=True)
class Attachment:
    """A file inside a PDF: its name, its bytes, what it is, and the day it is dated."""

    name: str
    content: bytes
    description: str
    day: date


# Held while a document is laid out, written and read by another writer: its fonts belong to pango.
one_at_a_time = threading.RLock()
# A fork waits for the document being made, so that no child inherits a locked lock or half-used fonts.
os.register_at_fork(
    before=one_at_a_time.acquire,
    after_in_parent=one_at_a_time.release,
    after_in_child=one_at_a_time.release,
)


def fill(name: str, context: Mapping[str, Any], day: date) -> str:
    """The template `name` filled, dated midnight of `day` in China."""
    dated = {**context, "created": f"{day.isoformat()}T00:00:00+08:00"}
    return _engine().get_template(f"{name}.html").render(Context(dated))


def lay_out(name: str, html: str) -> Any:
    """The pages of `html` as a WeasyPrint document. Keep `one_at_a_time` until it was written."""
    tools = prepared()
    return tools.weasyprint.HTML(string=html, url_fetcher=tools.fetcher).render(
        font_config=tools.font_config, stylesheets=[tools.stylesheets[name]], **OPTIONS
    )


def write(document: Any, digest: str, attachment: Attachment | None = None) -> bytes:
    """The PDF of a laid out document, identified by `digest` (hex). Raises `MissingGlyph` naming the characters."""
    attachments = None
    if attachment:
        created = datetime.combine(attachment.day, datetime.min.time(), UTC) - timedelta(hours=8)
        attachments = [
            prepared().weasyprint.Attachment(
                string=attachment.content,
                name=attachment.name,
                description=attachment.description,
                relationship="Source",
                created=created,
                modified=created,
            )
        ]
    pdf: bytes = document.write_pdf(
        pdf_identifier=bytes.fromhex(digest)[:16],
        attachments=attachments,
        finisher=_finish,
        **OPTIONS,
    )
    missing = {chr(code) for font in document.fonts.values() for code in font.missing}
    if missing:
        raise MissingGlyph(missing)
    return pdf


def render(name: str, context: Mapping[str, Any], day: date, digest: str) -> bytes:
    """Fill, lay out and write in one go."""
    html = fill(name, context, day)
    with one_at_a_time:
        return write(lay_out(name, html), digest)


def _finish(_document: Any, pdf: Any) -> None:
    """Name every associated file once (WeasyPrint names it twice), smooth no picture (PDF/A), compress every stream once.

    pydyf would compress all streams twice, once for the hash in the identifier.
    """
    import pydyf

    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    for part in pdf.objects:
        if not isinstance(part, pydyf.Stream):
            continue
        if "Interpolate" in part.extra:
            part.extra["Interpolate"] = "false"
        if part.compress:
            raw = b"\n".join(pydyf._to_bytes(item) for item in part.stream)
            part.stream, part.compress = [zlib.compress(raw, _COMPRESSION)], False
            part.extra["Filter"] = "/FlateDecode"


@cache
def prepared() -> Tools:
    """The tools of this process. Raises `DocumentToolMissing`. Call it with `one_at_a_time`."""
    font_config = fonts.private_fonts()
    weasyprint = fonts.load_weasyprint()
    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",))
    stylesheets = {
        name: weasyprint.CSS(
            string=f"{written()}\n{(STYLESHEETS / f'{file}.css').read_text(encoding='utf-8')}",
            font_config=font_config,
            url_fetcher=fetcher,
        )
        for name, (file, written) in _STYLES.items()
    }
    return Tools(weasyprint, font_config, fetcher, stylesheets)


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)
