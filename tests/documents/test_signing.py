"""The seller's signature: pyHanko itself finds it valid, and broken after one byte; off without a key."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from invoicing.documents.facturx import render_facturx
from invoicing.documents.pdf import render_invoice
from invoicing.documents.signing import SigningKeyUnusable, sign_pdf
from tests.documents import reading
from tests.documents.samples import invoice
from tests.documents.samples_overseas import commercial

SECRET = "open-sesame-of-the-test"
AT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_KEYS: dict[str, Key] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
}


def certificate(key: Key) -> x509.Certificate:
    """Signed by itself, for 2026."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Spruce Example Seal")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(42)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


@pytest.fixture(params=["rsa", "ec"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def key_file(kind: str, tmp_path: Path) -> str:
    key = _KEYS[kind]
    archive = pkcs12.serialize_key_and_certificates(
        b"seal",
        key,
        certificate(key),
        None,
        serialization.BestAvailableEncryption(SECRET.encode()),
    )
    path = tmp_path / "seal.p12"
    path.write_bytes(archive)
    return str(path)


def signed(content: bytes, key_file: str, at: datetime = AT) -> bytes:
    return sign_pdf(content, at=at, key_file=key_file, passphrase=SECRET)


def judged(content: bytes, kind: str) -> PdfSignatureStatus:
    """What pyHanko says of the one signature, trusting the certificate of the test."""
    written = certificate(_KEYS[kind]).public_bytes(serialization.Encoding.PEM)
    root = asn1_x509.Certificate.load(pem.unarmor(written)[2])
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    trusting = ValidationContext(trust_roots=[root], moment=AT, allow_fetching=False)
    return validate_pdf_signature(signature, trusting)


def test_the_signature_is_valid_covers_the_whole_file_and_says_when(
    kind: str, key_file: str
) -> None:
    content = signed(render_invoice(invoice()), key_file)
    status = judged(content, kind)
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True,) * 4
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signer_reported_dt == AT
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    assert (signature.field_name, signature.sig_object["/SubFilter"]) == (
        "Seller",
        "/ETSI.CAdES.detached",
    )


def test_the_document_stays_readable_and_keeps_its_xml(kind: str, key_file: str) -> None:
    hybrid = signed(render_facturx(commercial()), key_file)
    assert judged(hybrid, kind).bottom_line is True
    assert "USD 7,847.61" in reading.text(hybrid)


def test_one_changed_byte_breaks_it(kind: str, key_file: str) -> None:
    content = bytearray(signed(render_invoice(invoice()), key_file))
    place = content.index(b"/CreationDate") + 25
    content[place] ^= 1
    assert judged(bytes(content), kind).intact is False


def test_the_original_is_inside_unchanged(key_file: str) -> None:
    plain = render_invoice(invoice())
    assert signed(plain, key_file).startswith(plain)


def test_an_rsa_signature_of_one_moment_is_always_the_same(key_file: str, kind: str) -> None:
    plain = render_invoice(invoice())
    assert (signed(plain, key_file) == signed(plain, key_file)) is (kind == "rsa")
    assert signed(plain, key_file) != signed(plain, key_file, AT + timedelta(seconds=1))


def test_without_a_key_nothing_is_signed() -> None:
    assert sign_pdf(b"%PDF", at=AT, key_file="", passphrase="") == b"%PDF"


@pytest.mark.parametrize("at", [FROM - timedelta(days=1), UNTIL + timedelta(days=1)])
def test_a_certificate_that_does_not_hold_signs_nothing(key_file: str, at: datetime) -> None:
    with pytest.raises(SigningKeyUnusable, match="holds from 2026-01-01 to 2027-01-01 only"):
        signed(b"%PDF", key_file, at)


def test_a_key_that_cannot_be_opened_is_named_without_its_secret(
    key_file: str, tmp_path: Path
) -> None:
    with pytest.raises(SigningKeyUnusable, match="another passphrase") as wrong:
        sign_pdf(b"%PDF", at=AT, key_file=key_file, passphrase="wrong-word")
    assert "wrong-word" not in str(wrong.value)
    with pytest.raises(SigningKeyUnusable, match="No such file"):
        sign_pdf(b"%PDF", at=AT, key_file=str(tmp_path / "none.p12"), passphrase=SECRET)
    (tmp_path / "text.p12").write_text("not a key")
    with pytest.raises(SigningKeyUnusable, match="not PKCS#12"):
        sign_pdf(b"%PDF", at=AT, key_file=str(tmp_path / "text.p12"), passphrase=SECRET)


def test_the_key_is_opened_once_and_not_for_every_signature(
    key_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = render_invoice(invoice())
    signed(plain, key_file)

    def opened_again(*_: object, **__: object) -> None:
        raise AssertionError("the key was opened again")

    monkeypatch.setattr(serialization, "load_der_private_key", opened_again)
    monkeypatch.setattr(pkcs12, "load_key_and_certificates", opened_again)
    assert signed(plain, key_file).startswith(plain)
