"""The link under which a stranger can check a document: its number and a code that only this console can make.

The code is an HMAC over the number and the digest of the snapshot, so it cannot be guessed, and it fits nothing that
differs in a single figure. It is printed inside the document it vouches for, so the digest leaves the link out.
"""

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from invoicing.documents.snapshot import InvoiceSnapshot, OverseasSnapshot

PATH = "/verify/"
_CODE_BYTES = 20
_HIDDEN = "***"
Snapshot = TypeVar("Snapshot", bound=InvoiceSnapshot | OverseasSnapshot)


def linked(snapshot: Snapshot, *, base_url: str, key: str) -> Snapshot:
    """`snapshot` with its own link under `base_url` (https://host, no slash at the end); without one, with none."""
    bare = replace(snapshot, verify_url="")
    if not base_url:
        return bare
    return replace(bare, verify_url=f"{base_url}{PATH}{quote(token(bare, key), safe='')}")


def token(snapshot: InvoiceSnapshot | OverseasSnapshot, key: str) -> str:
    """The last part of the link: the number, a dash, and 160 bits in 32 small letters and digits."""
    message = f"{snapshot.number}\n{replace(snapshot, verify_url='').digest()}"
    made = hmac.digest(key.encode(), message.encode(), hashlib.sha256)[:_CODE_BYTES]
    return f"{snapshot.number}-{base64.b32encode(made).decode('ascii').lower()}"


def number_in(written: str) -> str:
    """The number that a token claims, `""` for what cannot be a token. It proves nothing yet: see `proves`."""
    number, dash, code = written.rpartition("-")
    return number if dash and len(code) == _CODE_BYTES * 8 // 5 else ""


def proves(written: str, snapshot: InvoiceSnapshot | OverseasSnapshot, key: str) -> bool:
    """Whether `written` is the token of exactly this snapshot. Takes the same time wherever they differ."""
    return hmac.compare_digest(written.encode(), token(snapshot, key).encode())


def masked(name: str) -> str:
    """A buyer's name as a stranger may see it: enough to recognise, too little to learn.

    First and last character of a long name, the first of a short one; how long it is stays hidden.
    """
    shown = name.strip()
    return f"{shown[:1]}{_HIDDEN}{shown[-1:] if len(shown) > 4 else ''}"
