"""What stands in the text of a bank line: numbers of customers and bills, structured references (ISO 11649)."""

import re
from itertools import accumulate

from stdnum import iso11649

_WORD = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)
LONGEST_REFERENCE = 25


def numbers_in(text: str) -> set[str]:
    """Everything in `text` that may be a number of ours: words of letters, digits and strokes, and their parts."""
    words = _WORD.findall(text.upper())
    return {*words, *(part for word in words for part in word.split("-"))}


def references_in(text: str) -> set[str]:
    """What the structured references in `text` refer to: `RF`, check digits that are right, then our number
    without strokes. They may be written in groups, and only the check digits say where they end."""
    parts = text.upper().split()
    found = set()
    for place, part in enumerate(parts):
        if part.startswith("RF"):
            for said in accumulate(parts[place:]):
                if len(said) > LONGEST_REFERENCE:
                    break
                if iso11649.is_valid(said):
                    found.add(said[4:])
    return found


def plain(number: str) -> str:
    """A number of ours as a structured reference holds it."""
    return "".join(character for character in number.upper() if character.isalnum())
