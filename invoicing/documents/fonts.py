"""The fonts of documents: a private fontconfig that knows a few font files and nothing else.

Other fonts on the machine, its fontconfig files and FONTCONFIG_FILE have no influence, so a document looks the same
everywhere. The configuration is handed to pango directly, in memory: no environment variable is set, which would reach
the other threads and children of the process.

WeasyPrint is imported inside functions: a process that makes no documents should neither need pango nor load it.
"""

import contextlib
import ctypes
import io
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from PIL import ImageFile

from invoicing.documents.errors import DocumentToolMissing
from invoicing.documents.font_cutting import cut

_LATIN = ("LiberationSans-Regular", "LiberationSans-Bold", "LiberationMono-Regular")
# What documents need: the Debian package and its files.
_PACKAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("fonts-arphic-ukai", ("ukai.ttc",)),
    ("fonts-arphic-uming", ("uming.ttc",)),
    ("fonts-hanazono", ("HanaMinA.ttf", "HanaMinB.ttf")),
    ("fonts-liberation2", tuple(f"{name}.ttf" for name in _LATIN)),
)
# The typefaces of the face, cut to what nearly every invoice needs: file, its family, the family of the cut one.
_CUT = (("ukai.ttc", "AR PL UKai CN", "Face Kai"), ("uming.ttc", "AR PL UMing CN", "Face Song"))
# Debian's folders first (Debian 13 renamed the last but one), then wherever else a system keeps fonts.
_DEBIAN = Path("/usr/share/fonts/truetype")
_FOLDERS = tuple(_DEBIAN / name for name in ("arphic", "hanazono", "liberation2", "liberation"))
_ROOTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/Library/Fonts"),
    Path.home() / "Library/Fonts",
)
_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{folders}
<cachedir>/var/cache/fontconfig</cachedir>
<cachedir prefix="xdg">fontconfig</cachedir>
<selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>{files}</acceptfont></selectfont>
<match target="pattern"><edit name="embeddedbitmap" mode="assign"><bool>false</bool></edit></match>
</fontconfig>
"""


def font_files() -> tuple[Path, ...]:
    """The font files that documents use. Raises `DocumentToolMissing` naming the package of the first missing one."""
    files = []
    for package, names in _PACKAGES:
        for name in names:
            file = _find(name)
            if file is None:
                raise DocumentToolMissing(f"The font file {name}", package)
            files.append(file)
    return tuple(files)


def _find(name: str) -> Path | None:
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    elsewhere = (sorted(root.rglob(name)) for root in _ROOTS if root.is_dir())
    return next((match[0] for match in elsewhere if match), None)


def load_weasyprint() -> ModuleType:
    """WeasyPrint, or `DocumentToolMissing` when a library it draws with is not installed.

    The HarfBuzz subsetter counts as required: without it each document would take seconds.
    """
    try:
        # WeasyPrint prints advice of its own when a library is missing; ours is one sentence.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint
            from weasyprint.text import ffi

            ImageFile.LOAD_TRUNCATED_IMAGES = (
                False  # it allows them, in the whole process: uploads too
            )
    except OSError as problem:
        raise DocumentToolMissing("Pango or a library of it", "libpangoft2-1.0-0") from problem
    if ffi.harfbuzz_subset is None:
        raise DocumentToolMissing("The HarfBuzz subsetter", "libharfbuzz-subset0")
    return weasyprint


def check_tools() -> None:
    """Raise `DocumentToolMissing` when documents cannot be made on this machine; for system checks and start-up."""
    font_files()
    load_weasyprint()


def private_fonts() -> Any:
    """A new WeasyPrint `FontConfiguration` that knows `font_files()` and their cut forms only. Let one thread at a time use it.

    Raises `DocumentToolMissing`.
    """
    files = font_files()
    by_name = {file.name: file for file in files}
    files += tuple(cut(by_name[name], family, new) for name, family, new in _CUT)
    load_weasyprint()
    from weasyprint.text import ffi
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    fontconfig = _fontconfig()
    fontconfig.FcConfigCreate.restype = ctypes.c_void_p
    address = ctypes.c_void_p(fontconfig.FcConfigCreate())
    config = ffi.ffi.cast("FcConfig *", address.value)
    folders = sorted({file.parent for file in files})
    text = _CONFIG.format(
        folders="".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders),
        files="".join(f"<glob>{escape(str(file))}</glob>" for file in files),
    )
    understood = ffi.fontconfig.FcConfigParseAndLoadFromMemory(config, text.encode(), True)
    if not understood or not fontconfig.FcConfigBuildFonts(address):
        raise DocumentToolMissing("A working fontconfig", "libfontconfig1")
    # Pango takes a reference of its own and drops the system's configuration.
    font_map = ffi.ffi.cast("PangoFcFontMap *", fonts.font_map)
    ffi.pangoft2.pango_fc_font_map_set_config(font_map, config)
    ffi.fontconfig.FcConfigDestroy(config)
    fonts._config = config  # where WeasyPrint looks for the fonts of @font-face; we use none
    return fonts


def _fontconfig() -> ctypes.CDLL:
    """The very library that pango uses: WeasyPrint has loaded it, this is another handle on it."""
    with contextlib.suppress(OSError):
        return ctypes.CDLL("libfontconfig.so.1")
    return ctypes.CDLL("libfontconfig.1.dylib")
