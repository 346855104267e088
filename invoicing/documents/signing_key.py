"""A signing key in memory, and how it signs a PDF with pyHanko."""

import asyncio
import hashlib
import io
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.generic import ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

FIELD = "Seller"
RESERVED = 16 * 1024
"""Bytes for the signature and its certificates. Told in advance, pyHanko does not sign twice to find out."""


class Sealer:
    """The key of a PKCS#12 file. Raises ValueError when it cannot be opened or is neither RSA nor elliptic."""

    def __init__(self, archive: bytes, passphrase: bytes) -> None:
        key, certificate, _chain = pkcs12.load_key_and_certificates(archive, passphrase or None)
        if certificate is None or not isinstance(
            key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        ):
            raise ValueError("no certificate with an RSA or elliptic key in it")
        self.valid_from = certificate.not_valid_before_utc
        self.valid_until = certificate.not_valid_after_utc
        opened = SimpleSigner.load_pkcs12_data(archive, [], passphrase or None)
        if opened is None:
            raise ValueError("pyHanko does not open it")
        self._signer = _KeptKey(opened.signing_cert, opened.signing_key, opened.cert_registry)
        self._signer.key = key

    def sign(self, content: bytes, at: datetime) -> bytes:
        """`content` with an invisible signature, valid for exactly these bytes, made at `at`."""
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        # pyHanko would draw the second half of the identifier by lot; it only has to differ from the first.
        changed = hashlib.sha256(content).digest()[:16]
        writer._document_id = type(writer._document_id)(
            [writer._document_id[0], ByteStringObject(changed)]
        )
        meta = PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        signed = io.BytesIO()
        signing = _At(meta, signer=self._signer, at=at).async_sign_pdf(
            writer, bytes_reserved=RESERVED, output=signed
        )
        asyncio.run(signing)
        return signed.getvalue()


class _KeptKey(SimpleSigner):
    """Signs with a key object that stays; its parent opens and checks the key for every signature."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        assert digest_algorithm == "sha256"
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


class _At(PdfSigner):
    """Signs at a moment that it is told; its parent asks the clock."""

    def __init__(self, meta: PdfSignatureMetadata, *, signer: SimpleSigner, at: datetime) -> None:
        super().__init__(meta, signer=signer)
        self._at = at

    def init_signing_session(self, *arguments: Any, **named: Any) -> Any:
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self._at
        return session
