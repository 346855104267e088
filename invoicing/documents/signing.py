"""The seller's signature on a PDF (PAdES), where a key is configured; off by default.

A signed file is what was issued: sign once, keep the bytes. The same file, key and moment give the same bytes with an
RSA key, but not with one on elliptic curves.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from invoicing.documents.errors import DocumentError

if TYPE_CHECKING:
    from invoicing.documents.signing_key import Sealer


class SigningKeyUnusable(DocumentError):
    """The configured key cannot sign. Says why without naming a secret."""


def sign_pdf(content: bytes, *, at: datetime, key_file: str, passphrase: str) -> bytes:
    """`content` signed at the aware moment `at` with the key in the PKCS#12 `key_file`; unchanged when there is none.

    Raises `SigningKeyUnusable` for a file that cannot be opened and a certificate that does not hold at `at`.
    """
    if not key_file:
        return content
    sealer = _sealer(key_file, passphrase)
    if not sealer.valid_from <= at <= sealer.valid_until:
        raise SigningKeyUnusable(
            f"The certificate for signing holds from {sealer.valid_from:%Y-%m-%d} to {sealer.valid_until:%Y-%m-%d} only."
        )
    return sealer.sign(content, at)


@cache
def _sealer(key_file: str, passphrase: str) -> "Sealer":
    """Opened once per process: checking an RSA key takes longer than signing with it."""
    # Only a process that signs loads pyHanko.
    from invoicing.documents.signing_key import Sealer

    try:
        return Sealer(Path(key_file).read_bytes(), passphrase.encode())
    except OSError as problem:
        raise SigningKeyUnusable(
            f"The key for signing cannot be read: {problem.strerror}."
        ) from None
    except ValueError:
        raise SigningKeyUnusable(
            "The key for signing cannot be opened: not PKCS#12, or another passphrase."
        ) from None
