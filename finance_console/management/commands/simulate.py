"""manage.py simulate: play a story of JSON lines and print what happened (docs/simulation.md)."""

import json
import secrets
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn, TextIO

from django.core.management.base import BaseCommand, CommandError

from finance_console.simulation.database import NoDatabase, throwaway_database
from finance_console.simulation.runner import BadLine, play
from finance_console.simulation.surroundings import no_messages, no_trace

MALFORMED = 2


class Command(BaseCommand):
    help = "Play a story of JSON lines against the real services, in a throwaway database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("story", help="a file of JSON lines, or - for standard input")
        parser.add_argument(
            "--keep", action="store_true", help="play into the configured database, for good"
        )

    def handle(self, *args: Any, story: str, keep: bool, **options: Any) -> None:
        lines = _read(story)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                number, _stop
            )  # also where the caller had it ignored, as for background jobs
        prefix = f"S{secrets.token_hex(3)}-" if keep else ""
        try:
            with _stage(keep=keep):
                play(lines, self._write, prefix=prefix, keep=keep, directory=Path(story).parent)
        except BadLine as error:
            self.stderr.write(str(error))
            sys.exit(MALFORMED)
        except NoDatabase as error:
            raise CommandError(str(error)) from None

    def _write(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        self.stdout.flush()


def _read(story: str) -> list[str]:
    try:
        return _lines(sys.stdin) if story == "-" else _lines(Path(story).open(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read the story {story}: {error}") from None


def _lines(file: TextIO) -> list[str]:
    with file:
        return file.readlines()


@contextmanager
def _stage(*, keep: bool) -> Iterator[None]:
    with ExitStack() as stack:
        if keep:
            stack.enter_context(no_messages())
        else:
            stack.enter_context(no_trace())
            stack.enter_context(throwaway_database())
        yield


def _stop(number: int, _frame: object) -> NoReturn:
    """A polite end: everything is put away, and the database dropped."""
    sys.exit(128 + number)
