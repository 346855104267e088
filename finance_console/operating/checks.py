"""What the machine must have so that documents look right. Each failing check says which package to install."""

import ctypes
from collections.abc import Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Error, register

from invoicing.documents.errors import DocumentToolMissing
from invoicing.documents.fonts import font_files

# Library names (Debian's, macOS's), what is wrong without it, and the package.
LIBRARIES: Final = (
    (
        ("libpango-1.0.so.0", "libpango-1.0.dylib"),
        "Pango is missing, so no PDF can be made.",
        "libpango-1.0-0",
    ),
    (
        ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
        "Pango's FreeType part is missing, so no PDF can be made.",
        "libpangoft2-1.0-0",
    ),
    (
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
        "The HarfBuzz subsetter is missing: a PDF would take seconds instead of a tenth of one.",
        "libharfbuzz-subset0",
    ),
)


@register("documents")
def check_documents(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Pango, the HarfBuzz subsetter and the typefaces of documents are there (without loading WeasyPrint)."""
    problems: list[CheckMessage] = [
        Error(f"{sentence} Install {package}.", id="finance_console.E001")
        for names, sentence, package in LIBRARIES
        if not any(_loads(name) for name in names)
    ]
    try:
        font_files()
    except DocumentToolMissing as problem:
        problems.append(Error(str(problem), id="finance_console.E002"))
    return problems


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
