"""The two Chinese typefaces cut down to the common characters, once per machine.

A typeface of 24,000 characters makes every document pay for all of them: its file is read, its tables are cut and padded
and compressed again each time. The 7,445 characters of GB 2312 and the Latin letters are what nearly every invoice needs;
for the others the whole typeface stays next in line. Cut faces carry names of their own.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parents[2]
# Say another number when the recipe below changes.
_RECIPE = 2
_LATIN = range(0x20, 0x180)
_DROPPED = ("GSUB", "GPOS", "GDEF", "VORG", "vmtx", "vhea", "EBDT", "EBLC", "BDF ", "FFTM", "gasp")
_WINDOWS = (3, 1, 0x409)


def cut(file: Path, family: str, new_family: str) -> Path:
    """The font file of `new_family`, made of the common characters of `family` in the collection `file`.

    It is kept in the working directory under a hash of all that it depends on.
    """
    with file.open("rb") as stream:
        source = hashlib.file_digest(stream, "sha256").hexdigest()
    import fontTools

    key = f"{_RECIPE} {fontTools.version} {source} {family} {new_family}"
    target = _folder() / f"{hashlib.sha256(key.encode()).hexdigest()}.ttf"
    if not target.is_file():
        _make(file, family, new_family, target)
    return target


@cache
def _folder() -> Path:
    """`fonts/` in VAR_DIR; a temporary directory of this process where that cannot be written."""
    folder = Path(os.environ.get("VAR_DIR") or _PROJECT / "var") / "fonts"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="fonts-"))


def _make(file: Path, family: str, new_family: str, target: Path) -> None:
    """Several processes may do so at once: each writes a file of its own, the last one stays."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    with TTCollection(file, lazy=True, recalcBBoxes=False) as collection:
        font = next(face for face in collection if face["name"].getDebugName(1) == family)
        options = subset.Options(layout_features=[], notdef_outline=True, recalc_timestamp=False)
        options.drop_tables += list(_DROPPED)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes={*_LATIN, *_gb2312()})
        subsetter.subset(font)
        _rename(font, new_family)
        font.recalcTimestamp = False
        handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".part")
        with os.fdopen(handle, "wb") as written:
            font.save(written)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(target)


def _gb2312() -> set[int]:
    characters = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            with contextlib.suppress(UnicodeDecodeError):
                characters.add(ord(bytes((high, low)).decode("gb2312")))
    return characters


def _rename(font: Any, family: str) -> None:
    names = font["name"]
    names.names = []
    postscript = family.replace(" ", "")
    for number, name in {1: family, 2: "Regular", 4: family, 6: postscript}.items():
        names.setName(name, number, *_WINDOWS)
