"""Invoices and proformas as PDF/A-3u: the same snapshot gives the same bytes, in any process, on any day.

Fonts and parsed stylesheets are made once per process, because that saves half the time and most of the memory; pango's
font maps are not made for two threads at once, so documents of one process are made one after the other. Templates are
filled by a Django engine of their own: it needs no settings, translates nothing and escapes everything. No URL is ever
fetched.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from invoicing.documents import fonts
from invoicing.documents.errors import MissingGlyph
from invoicing.documents.face import place, title_of
from invoicing.documents.face_html import face_context
from invoicing.documents.proforma import proforma_context
from invoicing.documents.qr import qr_text
from invoicing.documents.snapshot import InvoiceSnapshot, ProformaSnapshot

_PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = _PROJECT / "templates" / "documents"
STYLESHEETS = _PROJECT / "static" / "documents"
VARIANT = "pdf/a-3u"


@dataclass(frozen=True)
class _Tools:
    """What is made once per process and used for every document."""

    weasyprint: Any
    font_config: Any
    fetcher: Any
    stylesheets: Mapping[str, Any]


_one_at_a_time = threading.Lock()
# A fork waits for the document being made, so that no child inherits a locked lock or half-used fonts.
os.register_at_fork(
    before=_one_at_a_time.acquire,
    after_in_parent=_one_at_a_time.release,
    after_in_child=_one_at_a_time.release,
)


def render_invoice(snapshot: InvoiceSnapshot) -> bytes:
    """The PDF of an invoice or credit note, 210 x 140 mm, several pages when its rows do not fit on one.

    Raises `DoesNotFit`, `MissingGlyph` (naming the characters) or `DocumentToolMissing` (naming the Debian package).
    """
    context = face_context(place(snapshot), qr_text(snapshot))
    context |= {"title": f"{title_of(snapshot)} {snapshot.number}", "author": snapshot.seller.name}
    return _render("invoice", context, snapshot.issued_on, snapshot.digest())


def render_proforma(snapshot: ProformaSnapshot) -> bytes:
    """The PDF of a proforma invoice, A4, in English. Raises as `render_invoice`."""
    return _render("proforma", proforma_context(snapshot), snapshot.issued_on, snapshot.digest())


def _render(name: str, context: Mapping[str, Any], day: date, digest: str) -> bytes:
    """Fill the template `name` and paint it, dated midnight of `day` in China and identified by `digest`."""
    filled = {**context, "created": f"{day.isoformat()}T00:00:00+08:00"}
    html = _engine().get_template(f"{name}.html").render(Context(filled))
    options = {"pdf_variant": VARIANT, "pdf_tags": True}
    with _one_at_a_time:
        tools = _tools()
        document = tools.weasyprint.HTML(string=html, url_fetcher=tools.fetcher).render(
            font_config=tools.font_config, stylesheets=[tools.stylesheets[name]], **options
        )
        pdf: bytes = document.write_pdf(pdf_identifier=bytes.fromhex(digest)[:16], **options)
    missing = {chr(code) for font in document.fonts.values() for code in font.missing}
    if missing:
        raise MissingGlyph(missing)
    return pdf


@cache
def _tools() -> _Tools:
    font_config = fonts.private_fonts()
    weasyprint = fonts.load_weasyprint()
    fetcher = weasyprint.URLFetcher(allowed_protocols=())
    stylesheets = {
        name: weasyprint.CSS(
            string=(STYLESHEETS / f"{name}.css").read_text(encoding="utf-8"),
            font_config=font_config,
            url_fetcher=fetcher,
        )
        for name in ("invoice", "proforma")
    }
    return _Tools(weasyprint, font_config, fetcher, stylesheets)


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)
