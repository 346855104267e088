"""What can be printed: the faces of documents live above accounts, in invoicing."""

from collections.abc import Callable

from finance_console.kernel import texts
from finance_console.kernel.errors import DomainError
from finance_console.kernel.ports import Port

unprintable: Port[Callable[[str], str]] = Port("which characters documents cannot print")
"""Takes a text; returns the characters of it that no face of documents has, each once, sorted."""


def for_paper(text: str, *, multiline: bool = False) -> str:
    """`text` as it is kept and printed, tidied.

    Raises `hidden_characters` and `not_printable`, naming the characters and their code points.
    """
    tidied = texts.tidy(text)
    if unseen := texts.hidden(tidied, multiline=multiline):
        raise DomainError("hidden_characters", characters=texts.named(unseen))
    if missing := unprintable.given(tidied.replace("\n", "")):
        raise DomainError("not_printable", characters=texts.named(missing))
    return tidied
