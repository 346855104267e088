"""The words of the language and the types of their fields: a line becomes a checked call, or is malformed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finance_console.kernel.calendar import first_day
from finance_console.simulation.story import SHANGHAI, Malformed, Story

Read = Callable[[Any, Story], Any]
Answer = dict[str, Any]
REQUIRED: Any = object()
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


class NotYet(Malformed):
    """The line is part of the language, but what it asks for is not supported yet."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not yet supported")


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is read, and its value when it is left out; `REQUIRED`: it may not be."""

    read: Read
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Command:
    """A verb or a question: what runs, with which fields. `supported` False: not yet."""

    word: str
    fields: Mapping[str, Field]
    run: Callable[..., Answer]

    def call(self, story: Story, given: Mapping[str, Any]) -> Answer:
        """Read the fields of a line and run it. Raises Malformed, and what the services refuse."""
        for name in given:
            if name not in self.fields and name != "ref":
                raise Malformed(f"{self.word} has no field {json.dumps(name)}")
        values = {name: self._value(name, given, story) for name in self.fields}
        return self.run(story, **values)

    def _value(self, name: str, given: Mapping[str, Any], story: Story) -> Any:
        field = self.fields[name]
        if given.get(name) is None:
            if field.default is REQUIRED:
                raise Malformed(f"{self.word} needs the field {json.dumps(name)}")
            return field.default
        try:
            return field.read(given[name], story)
        except NotYet:
            raise
        except Malformed as error:
            raise Malformed(f"{name}: {error}") from None


VERBS: dict[str, Command] = {}
QUESTIONS: dict[str, Command] = {}


def verb(word: str, **fields: Field) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make the function the verb `word`; its keyword arguments are the `fields`."""
    return _register(VERBS, word, fields)


def question(
    word: str, **fields: Field
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make the function the question `word`."""
    return _register(QUESTIONS, word, fields)


def _register(
    table: dict[str, Command], word: str, fields: Mapping[str, Field]
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    def register(run: Callable[..., Answer]) -> Callable[..., Answer]:
        table[word] = Command(word, fields, run)
        return run

    return register


def parse(text: str) -> dict[str, Any]:
    """The object of one line, numbers exact. Raises Malformed."""
    try:
        line = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except ValueError as error:
        raise Malformed(f"this is not JSON: {error}") from None
    if not isinstance(line, dict):
        raise Malformed("a line is one JSON object")
    return line


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields are named once each: which of two would count?"""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {json.dumps(twice)} is there twice")
    return fields


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def command(line: Mapping[str, Any]) -> Command:
    """The verb or question of a line. Raises Malformed."""
    kinds = [kind for kind in ("do", "ask") if kind in line]
    if len(kinds) != 1:
        raise Malformed('a line has either "do" or "ask"')
    kind = kinds[0]
    word = line[kind]
    table = VERBS if kind == "do" else QUESTIONS
    if isinstance(word, str) and word in table:
        return table[word]
    what = "verb" if kind == "do" else "question"
    raise Malformed(f"unknown {what} {json.dumps(word, default=str)}")


def required(read: Read) -> Field:
    return Field(read)


def optional(read: Read, default: Any = None) -> Field:
    return Field(read, default)


def text(value: Any, story: Story) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{_shown(value)} is not text")
    return value


def new_ref(value: Any, story: Story) -> str:
    """A name for something that this line makes."""
    if not isinstance(value, str) or not value.strip():
        raise Malformed(f"{_shown(value)} is not a name")
    return value


def flag(value: Any, story: Story) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{_shown(value)} is neither true nor false")
    return value


def number(value: Any, story: Story) -> Decimal:
    """An exact decimal, written as text or as a JSON number. Whether it is an amount, services say."""
    written = value if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(written.strip()):
        raise Malformed(f"{_shown(value)} is not a number")
    return Decimal(written.strip())


def choice(*allowed: str) -> Read:
    def read(value: Any, story: Story) -> str:
        if value not in allowed:
            raise Malformed(f"{_shown(value)} is not one of {', '.join(allowed)}")
        return str(value)

    return read


def moment(value: Any, story: Story | None = None) -> datetime:
    """ISO 8601; without an offset it is Shanghai time."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed(f"{_shown(value)} is not a moment (ISO 8601)") from None
    return read if read.tzinfo else read.replace(tzinfo=SHANGHAI)


def month(value: Any, story: Story) -> str:
    try:
        first_day(value)
    except (TypeError, ValueError):
        raise Malformed(f"{_shown(value)} is not a month (YYYY-MM)") from None
    return str(value)


def day(value: Any, story: Story) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed(f"{_shown(value)} is not a day (YYYY-MM-DD)") from None


def list_of(read: Read) -> Read:
    def read_all(value: Any, story: Story) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Malformed(f"{_shown(value)} is not a list")
        return tuple(read(part, story) for part in value)

    return read_all


def position(value: Any, story: Story) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(f"{_shown(value)} is not a whole number")
    return value


def mapping(value: Any, story: Story) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{_shown(value)} is not an object")
    return value


def thing(kind: str) -> Read:
    """Something a line before has named."""

    def read(value: Any, story: Story) -> Any:
        return story.find(kind, text(value, story))

    return read


def _shown(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
