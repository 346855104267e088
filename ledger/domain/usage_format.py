"""Usage files of other providers as data: which of their columns is which of FOCUS (`usage_formats/*.toml`)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SHIPPED = Path(__file__).parent / "usage_formats"


@dataclass(frozen=True, slots=True)
class UsageFormat:
    """`columns`: a column of FOCUS, and what it may be called in the file. `offset`: of times that say none.

    `categories` and `currencies`: the file's word, and what it means in FOCUS.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]
    categories: Mapping[str, str]
    currencies: Mapping[str, str]
    offset: str

    def places(self, header: Sequence[str]) -> Mapping[str, int]:
        """Where each column of FOCUS is in a file with this header, of those that are there."""
        return {
            column: header.index(name)
            for column, names in self.columns.items()
            for name in names
            if name in header and name == next(other for other in names if other in header)
        }


@cache
def shipped() -> tuple[UsageFormat, ...]:
    """The formats that come with the product."""
    return tuple(_load(file) for file in sorted(SHIPPED.glob("*.toml")))


def _load(file: Path) -> UsageFormat:
    data = tomllib.loads(file.read_text())
    return UsageFormat(
        name=data["name"],
        columns={column: _split(names) for column, names in data["columns"].items() if names},
        constants=data.get("constants", {}),
        categories=_words(data.get("categories", {})),
        currencies=_words(data.get("currencies", {})),
        offset=data.get("offset", "+00:00"),
    )


def _words(meanings: Mapping[str, str]) -> Mapping[str, str]:
    return {word: meaning for meaning, words in meanings.items() for word in _split(words)}


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
