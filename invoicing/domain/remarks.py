"""The remark on an invoice: what it starts with, how long it may be, which words make a reviewer refuse it."""

import re
from collections.abc import Iterable, Sequence

LIMIT = 230
"""Characters that fit into the remark of an invoice."""

IRRELEVANT = ("urgent", "as soon as possible", "加急", "尽快")
"""Wishes, not remarks: they may get an application rejected (A45)."""


def months_remark(months: Iterable[str]) -> str:
    """The months that the invoice covers, first to last: "2026-01 to 2026-02" (A38, SC-29)."""
    ordered = sorted(set(months))
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    return first if first == last else f"{first} to {last}"


def lint(text: str, words: Sequence[str] = IRRELEVANT) -> list[str]:
    """The `words` that appear in `text`, in their order: shown as a warning before submitting (A45, SC-45)."""
    spaced = " ".join(text.lower().split())
    return [word for word in words if re.search(_pattern(word.lower()), spaced)]


def excess(text: str) -> int:
    """By how many characters `text` is too long; 0 when it fits."""
    return max(0, len(text) - LIMIT)


def _pattern(word: str) -> str:
    """Latin words start at a word boundary ("urgently" counts, "insurgent" does not); Chinese has none."""
    return rf"\b{re.escape(word)}" if word.isascii() else re.escape(word)
