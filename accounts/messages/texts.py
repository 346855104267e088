"""What messages say: each app brings the texts of its own topics when it starts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

_texts: dict[str, tuple[str, str]] = {}


def tell(texts: Mapping[str, tuple[str, str]]) -> None:
    """Make topics known: subject and body, message ids. Raises ValueError for one that is taken."""
    for topic, said in texts.items():
        if _texts.setdefault(topic, said) != said:
            raise ValueError(f"The topic {topic!r} says something else already.")


def topics() -> frozenset[str]:
    """All topics that can be told."""
    return frozenset(_texts)


def subject(topic: str, values: Mapping[str, Any]) -> str:
    """One line, in the active language."""
    return gettext(_texts[topic][0]) % values


def body(topic: str, values: Mapping[str, Any]) -> str:
    """The rest, in the active language."""
    return gettext(_texts[topic][1]) % values
