"""Reading XML that a stranger wrote: bounded in size and depth, no document type, no entities, nothing fetched."""

import io
import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from invoicing.documents.errors import DocumentError

MAX_BYTES = 8 * 1024 * 1024
"""Room for far more than the 2,000 rows of the longest invoice."""
DEEPEST = 30
_MOST_ELEMENTS = 200_000
_DECLARED = re.compile(rb"""^<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHINESE = {"gbk", "gb2312", "gb18030"}


class InvalidDocument(DocumentError, ValueError):
    """A file is not an invoice that can be believed: not XML, incomplete, or its figures contradict each other."""


def parse(content: bytes) -> Element:
    """The root element of `content`. Raises `InvalidDocument`, in one line, for everything that is not plain XML.

    UTF-8 and UTF-16 are read, and the GBK family when the file declares it.
    """
    if len(content) > MAX_BYTES:
        raise InvalidDocument(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    if not content.strip():
        raise InvalidDocument("The file is empty.")
    try:
        return _tree(_utf8(content))
    except DefusedXmlException:
        raise InvalidDocument("The file declares a document type or entities.") from None
    except UnicodeDecodeError:
        raise InvalidDocument("The characters of the file are not in its encoding.") from None
    except (ParseError, LookupError):
        raise InvalidDocument("The file is not well-formed XML.") from None
    except ValueError as problem:
        if isinstance(problem, InvalidDocument):
            raise
        raise InvalidDocument("The file is in an encoding that is not read.") from None


def text(root: Element, path: str) -> str:
    """The text at the one place `path` leads to, `""` when there is nothing. Raises when there are two."""
    elements = root.findall(path)
    if len(elements) > 1:
        raise InvalidDocument(f"The file has {len(elements)} elements {path}.")
    if not elements:
        return ""
    if len(elements[0]):
        raise InvalidDocument(f"The element {path} holds elements where a text belongs.")
    return elements[0].text or ""


def _tree(content: bytes) -> Element:
    depth = count = 0
    root: Element | None = None
    for event, element in iterparse(
        io.BytesIO(content), events=("start", "end"), forbid_dtd=True, forbid_entities=True
    ):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > DEEPEST or count > _MOST_ELEMENTS:
            raise InvalidDocument("The file has too many elements, or nests them too deeply.")
    assert root is not None
    return root


def _utf8(content: bytes) -> bytes:
    """Chinese double-byte files as UTF-8: the XML parser itself cannot read them."""
    written = content.lstrip()
    declared = _DECLARED.match(written)
    if declared is None or declared[1].decode("ascii").lower() not in _CHINESE:
        return content
    head, rest = written[: declared.start(1)], written[declared.end(1) :]
    return head + b"UTF-8" + rest.decode("gb18030").encode()
