"""Texts as people type them: what is put right silently, and what nobody can see (no fonts here, no language)."""

import unicodedata

_SPACES = "Zs"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and digits only: full-width brackets and commas are at home in a Chinese name.
_HALF_WIDTH = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
}


def tidy(text: str) -> str:
    """`text` composed (NFC), full-width letters and digits narrowed, any run of spaces one space; lines are kept."""
    composed = unicodedata.normalize("NFC", text).translate(_HALF_WIDTH)
    lines = composed.replace("\r\n", "\n").split("\n")
    return "\n".join(_one_space(line) for line in lines).strip("\n")


def hidden(text: str, *, multiline: bool = False) -> str:
    """The control, format and direction characters of `text`, each once, sorted; line feeds only where not `multiline`."""
    judged = text.replace("\n", "") if multiline else text
    if judged.isprintable():  # most texts, at a glance
        return ""
    return "".join(sorted({c for c in judged if unicodedata.category(c) in _HIDDEN}))


def half_width(text: str) -> str:
    """A number as it is read: full-width figures, dots, commas and dashes narrowed, no spaces around it."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def named(characters: str) -> str:
    """Each character with its code point: "𠀋 (U+2000B)"; what cannot be seen by its code point alone."""
    return ", ".join(
        f"U+{ord(c):04X}" if hidden(c) else f"{c} (U+{ord(c):04X})" for c in characters
    )


def _one_space(line: str) -> str:
    if line.isprintable():  # of all spaces only the plain one is printable
        return " ".join(line.split())
    spaces = (" " if unicodedata.category(c) == _SPACES else c for c in line)
    return " ".join(filter(None, "".join(spaces).split(" ")))
