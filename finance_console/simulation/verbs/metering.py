"""Usage files: imported as a metering system delivers them."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from accounts.models import CustomerAccount
from finance_console.simulation.language import (
    Answer,
    list_of,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story
from ledger.models import UsageBatch
from ledger.services.usage.importing import import_focus


@verb(
    "usage_file",
    account=required(thing("account")),
    file=optional(text),
    lines=optional(list_of(text)),
)
def usage_file(
    story: Story, *, account: CustomerAccount, file: str | None, lines: Sequence[str] | None
) -> Answer:
    """Imports a FOCUS file, plain or gzip: one beside the story, or the `lines` of one, header first."""
    if (file is None) == (lines is None):
        raise Malformed('name either "file" or "lines"')
    known = UsageBatch.objects.filter(customer=account).count()
    with _inline(lines) if lines is not None else _opened(story.directory / str(file)) as stream:
        batch = import_focus(
            customer=account, name=file or "usage.csv", stream=stream, at=story.now
        )
    return {
        "lines": batch.lines,
        "total": f"{batch.total.normalize():f}",
        "new": UsageBatch.objects.filter(customer=account).count() > known,
    }


def _inline(lines: Sequence[str]) -> IO[bytes]:
    return io.BytesIO("\n".join(lines).encode())


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise Malformed(f"file: {path} cannot be read: {error.strerror}") from None
