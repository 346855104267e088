"""Are the Chinese sentences complete? `bin/i18n` collects and compiles, `bin/i18n --check` only compares.

Run in a folder of links to the source, gettext never sees `.venv`, `var` or the tests.
"""

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from finance_console.embedded.leases import BASE_DIR

LOCALE: Final = "zh_Hans"
CATALOG: Final = BASE_DIR / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
COMPILED: Final = CATALOG.with_suffix(".mo")
SOURCES: Final = ("accounts", "finance_console", "invoicing", "ledger", "templates")


def main(arguments: list[str]) -> int:
    """Collect and compile, or with --check tell what is missing and return 1."""
    collected = collect()
    if "--check" in arguments:
        problems = list(missing(read_po(io.BytesIO(collected))))
        problems += [] if is_compiled() else [f"{COMPILED.name} is older than {CATALOG.name}"]
        for problem in problems:
            print(problem)
        return 1 if problems else 0
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    CATALOG.write_bytes(collected)
    catalog = read_po(io.BytesIO(collected))
    with COMPILED.open("wb") as compiled:
        write_mo(compiled, catalog)
    left = list(missing(catalog))
    print(f"{len(catalog)} sentences, {len(left)} without a translation", *left, sep="\n")
    return 0


def collect() -> bytes:
    """The catalogue as it should be: every sentence of the source, with the translations that exist."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in SOURCES:
            if (BASE_DIR / name).exists():
                (place / name).symlink_to(BASE_DIR / name)
        copy = place / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
        copy.parent.mkdir(parents=True)
        if CATALOG.exists():
            copy.write_bytes(CATALOG.read_bytes())
        options = ["--symlinks", "--no-obsolete", "--no-wrap", "--add-location", "file"]
        made = subprocess.run(
            [sys.executable, "-m", "django", "makemessages", "--locale", LOCALE, *options],
            cwd=place,
            env=_environment(),
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            sys.exit(made.stderr)
        return _without_creation_date(copy.read_bytes())


def missing(catalog: Catalog) -> Iterator[str]:
    """One line for each sentence without a translation, with a guessed one, or with other placeholders in it."""
    for message in catalog:
        if not message.id:
            continue
        where = message.locations[0][0] if message.locations else "?"
        sentence = message.id if isinstance(message.id, str) else message.id[0]
        if not _is_translated(message):
            yield f"{where}: {'fuzzy' if message.fuzzy else 'not translated'}: {sentence!r}"
        else:
            yield from (f"{where}: {error}: {sentence!r}" for error in message.check(catalog))


def is_compiled() -> bool:
    """Whether the committed .mo says what the committed .po says."""
    if not (CATALOG.exists() and COMPILED.exists()):
        return False
    with CATALOG.open("rb") as text, COMPILED.open("rb") as binary:
        return _said(read_po(text)) == _said(read_mo(binary))


def _said(catalog: Catalog) -> dict[object, object]:
    return {
        (m.context, _plain(m.id)): _plain(m.string)
        for m in catalog
        if m.id and not m.fuzzy and _is_translated(m)
    }


def _plain(text: object) -> object:
    """Plural forms compare equal whether a file gives them as a list or as a tuple."""
    return tuple(text) if isinstance(text, list) else text


def _is_translated(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else message.string
    return bool(strings) and all(strings or ()) and not message.fuzzy


def _environment() -> dict[str, str]:
    """Without Django's settings: collecting needs none."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def _without_creation_date(catalog: bytes) -> bytes:
    """The date would make every collection a change."""
    return b"".join(
        line for line in catalog.splitlines(keepends=True) if b"POT-Creation-Date" not in line
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
