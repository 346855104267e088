"""Playing a story: line by line, the clock first, then the line; a refusal is an answer."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DataError, transaction

from finance_console.kernel.clock import moment as real_time
from finance_console.kernel.errors import DomainError
from finance_console.simulation import language, questions, verbs
from finance_console.simulation.story import SHANGHAI, Malformed, Story, forget_variants, iso, yuan

__all__ = ["BadLine", "play", "play_line", "questions", "verbs"]


class BadLine(Exception):
    """The story stops here: `number` is the line, the message says what is wrong."""

    def __init__(self, number: int, problem: str) -> None:
        self.number = number
        super().__init__(f"line {number}: {problem}")


def play(
    lines: Iterable[str],
    write: Callable[[dict[str, Any]], None],
    *,
    prefix: str = "",
    keep: bool = False,
    directory: Path = Path(),
) -> None:
    """Play a story and pass one answer per line to `write`, as soon as it is known.

    The clock starts at the first moment the story mentions; a story that mentions none plays now.
    Files it names are looked up in `directory`.
    Raises BadLine; the lines before it have happened then.
    """
    story_lines = list(_numbered(lines))
    story = Story(now=_start(story_lines), prefix=prefix, kept=keep, directory=directory)
    try:
        for number, text in story_lines:
            try:
                write({"line": number, **play_line(story, text)})
            except Malformed as error:
                raise BadLine(number, str(error)) from error
    finally:
        forget_variants(story)


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _start(lines: Iterable[tuple[int, str]]) -> datetime:
    """The first moment of the story. Malformed lines are passed over: they stop the story later."""
    for _number, text in lines:
        try:
            line = language.parse(text)
            first = line.get("at") or (line.get("to") if line.get("do") == "advance" else None)
            if first:
                return language.moment(first)
        except Malformed:
            continue
    return real_time().astimezone(SHANGHAI)


def play_line(story: Story, text: str) -> dict[str, Any]:
    """Move the clock if the line says so, then play it; its answer. Raises Malformed."""
    line = language.parse(text)
    command = language.command(line)
    if (at := line.get("at")) is not None and (to := language.moment(at)) != story.now:
        story.move_to(to)
    given = {name: value for name, value in line.items() if name not in {"do", "ask", "at"}}
    try:
        if "ask" in line or command.word == "advance":
            answer = command.call(story, given)
        else:
            with transaction.atomic():
                answer = command.call(story, given)
    except DomainError as refusal:
        return {"refused": refusal.code, "message": str(refusal), **_details(refusal)}
    except DataError as error:
        raise Malformed(str(error).strip().splitlines()[0]) from error
    return {"ok": True, **answer}


def _details(refusal: DomainError) -> dict[str, str]:
    """What a program wants to know of a refusal beside its code."""
    details = {}
    if "short" in refusal.values:
        details["short"] = yuan(refusal.values["short"])
    if "available_at" in refusal.values:
        written = datetime.fromisoformat(refusal.values["available_at"])
        details["available_at"] = iso(
            written if written.tzinfo else written.replace(tzinfo=SHANGHAI)
        )
    return details
