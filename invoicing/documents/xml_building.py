"""Building XML as it reads: an element, its children, its text. Namespaces are written as prefixes, declared at the root."""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Child = Element | str | None


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """An element with `children` (None is left out) or with one text."""
    made = Element(tag, attributes)
    for child in children:
        if isinstance(child, str):
            made.text = child
        elif child is not None:
            made.append(child)
    return made


def maybe(tag: str, text: str) -> Element | None:
    """An element with `text`, or None where there is nothing to say: empty elements are against the rules."""
    return element(tag, text) if text.strip() else None


def document(root: Element, namespaces: Mapping[str, str]) -> bytes:
    """`root` as a UTF-8 file; `namespaces` are prefixes, "" for the default one. The same tree gives the same bytes."""
    for prefix, uri in namespaces.items():
        root.set(f"xmlns:{prefix}" if prefix else "xmlns", uri)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"
