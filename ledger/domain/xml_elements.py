"""Finding elements by their names without namespaces: versions of one format differ in those."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element


def name_of(element: Any) -> str:
    """The tag without its namespace: the versions of camt.053 differ in it."""
    return str(element.tag).rpartition("}")[2]


def all_at(part: Element | None, *path: str) -> Iterator[Element]:
    """The elements below `part` along `path`."""
    if part is None:
        return
    name, *deeper = path
    for child in part:
        if name_of(child) == name:
            if deeper:
                yield from all_at(child, *deeper)
            else:
                yield child


def one_at(part: Element | None, *path: str) -> Element | None:
    """The first of them."""
    return next(all_at(part, *path), None)


def text_at(part: Element | None, *path: str) -> str:
    """What the first of them says; "" without one."""
    return content_of(one_at(part, *path))


def content_of(element: Element | None) -> str:
    """What an element says, without blanks around it."""
    return "" if element is None else (element.text or "").strip()
