"""What a refusal is: a rule said no, in words a customer understands.

Every refusal is a `DomainError` with a stable `code` (scripts and the API read it), a sentence (people read it)
and the values that fill the sentence. Each app says its own in `domain/refusals.py`. Doors translate them; nothing
here knows about Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

UNPROCESSABLE: Final = 422


def gettext_noop(message: str) -> str:
    """Mark `message` for translation without translating it: pure code has no language."""
    return message


@dataclass(frozen=True, slots=True)
class Remedy:
    """Where the customer puts it right: the name of an address and the words of its link."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said under one code.

    `status`: of an answer over HTTP; 422 is "understood, but a rule says no". `remedy`: the page that
    unblocks it. `ticket`: only staff can lift it, the topic of the ticket to open; `only_about`: only
    where it is known what the ticket is about.
    """

    sentence: str
    status: int = UNPROCESSABLE
    remedy: Remedy | None = None
    ticket: str = ""
    only_about: bool = False


_refusals: dict[str, Refusal] = {}
_words: dict[str, str] = {}


def speak(refusals: Mapping[str, Refusal | str], words: Mapping[str, str] | None = None) -> None:
    """Make refusals known by their codes, and words for codes that stand in their values.

    Raises ValueError for a code that says something else already.
    """
    for code, said in refusals.items():
        refusal = said if isinstance(said, Refusal) else Refusal(said)
        if _refusals.setdefault(code, refusal) != refusal:
            raise ValueError(f"The refusal {code!r} says something else already.")
    _words.update(words or {})


def refusal_of(code: str) -> Refusal:
    """What is said under `code`. Raises KeyError for a code nobody speaks."""
    return _refusals[code]


def codes() -> frozenset[str]:
    """The codes of all refusals."""
    return frozenset(_refusals)


def word(text: str) -> str:
    """The word for a code in a value, the message id for gettext; anything else stays as it is."""
    return _words.get(text, text)


class DomainError(Exception):
    """A rule said no and nothing happened.

    `code` is one that an app speaks; `values` fill the sentence. `str(error)` is the English sentence.
    Where one code needs other words in some situation, the value `says` is the code of those.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        super().__init__(self.sentence % values)

    @property
    def sentence(self) -> str:
        """The untranslated sentence with its %-placeholders, the message id for gettext."""
        return refusal_of(self.values.get("says", self.code)).sentence
