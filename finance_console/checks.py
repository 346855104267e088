"""What the machine must have so that documents look right. Each failing check says which package to install."""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from django.core.checks import CheckMessage, Error, register

_ARPHIC: Final = Path("/usr/share/fonts/truetype/arphic")
_FONT_FOLDERS: Final = (
    _ARPHIC,
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local/share/fonts",
    Path("/Library/Fonts"),
    Path.home() / "Library/Fonts",
)


@register("documents")
def check_documents(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Pango, the HarfBuzz subsetter and the two typefaces of the invoice face are there."""
    return [
        Error(f"{sentence} Install {package}.", id=f"finance_console.{code}")
        for code, is_there, sentence, package in _NEEDS
        if not is_there()
    ]


def _library(*names: str) -> Callable[[], bool]:
    def is_there() -> bool:
        return any(_loads(name) for name in names)

    return is_there


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _typeface(file_name: str) -> Callable[[], bool]:
    def is_there() -> bool:
        return (_ARPHIC / file_name).exists() or any(
            next(folder.rglob(file_name), None) for folder in _FONT_FOLDERS if folder.is_dir()
        )

    return is_there


_NEEDS: Final = (
    (
        "E001",
        _library("libpango-1.0.so.0", "libpango-1.0.dylib"),
        "Pango is missing, so no PDF can be made.",
        "libpango-1.0-0",
    ),
    (
        "E002",
        _library("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
        "Pango's FreeType part is missing, so no PDF can be made.",
        "libpangoft2-1.0-0",
    ),
    (
        "E003",
        _library("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
        "The HarfBuzz subsetter is missing: a PDF would take seconds instead of a tenth of one.",
        "libharfbuzz-subset0",
    ),
    (
        "E004",
        _typeface("ukai.ttc"),
        "The typeface AR PL UKai is missing: the labels of an invoice would be empty boxes.",
        "fonts-arphic-ukai",
    ),
    (
        "E005",
        _typeface("uming.ttc"),
        "The typeface AR PL UMing is missing: the values of an invoice would be empty boxes.",
        "fonts-arphic-uming",
    ),
)
