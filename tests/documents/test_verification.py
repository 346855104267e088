"""The link on a document: made by one key for one snapshot, guessed by nobody."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents import verification
from invoicing.documents.snapshot import ProformaSnapshot
from tests.documents.samples import invoice, proforma
from tests.documents.samples_overseas import commercial

KEY = "k" * 32
BASE = "https://billing.example.com"


def test_the_link_is_the_number_and_a_code_of_160_bits() -> None:
    linked = verification.linked(invoice(), base_url=BASE, key=KEY)
    head, _dash, code = linked.verify_url.rpartition("-")
    assert head == f"{BASE}/verify/26991000000000000042"
    assert len(code) == 32
    assert code.isascii()
    assert code == code.lower()


def test_without_an_address_there_is_no_link() -> None:
    old = invoice(verify_url="https://elsewhere.example.com/1")
    assert verification.linked(old, base_url="", key="").verify_url == ""


def test_the_link_proves_the_document_that_carries_it() -> None:
    for snapshot in (invoice(), proforma(), commercial()):
        linked = verification.linked(snapshot, base_url=BASE, key=KEY)
        token = linked.verify_url.removeprefix(f"{BASE}/verify/")
        assert verification.number_in(token) == snapshot.number
        assert verification.proves(token, linked, KEY)
        assert verification.proves(token, snapshot, KEY)
        assert verification.linked(linked, base_url=BASE, key=KEY) == linked
        assert not verification.proves(token, linked, "l" * 32)
        assert not verification.proves(token[:-1], linked, KEY)
        assert not verification.proves(token.upper(), linked, KEY)
        assert not verification.proves("", linked, KEY)
        assert not verification.proves("ü", linked, KEY)


def test_it_proves_nothing_that_differs() -> None:
    token = verification.token(invoice(), KEY)
    assert not verification.proves(token, replace(invoice(), drawer="李雷"), KEY)
    assert not verification.proves(token, replace(invoice(), number="26991000000000000043"), KEY)


def test_an_odd_number_is_quoted_in_the_link_and_found_again() -> None:
    odd = ProformaSnapshot.from_json(proforma(number="PF 1/2-ü").to_json())
    linked = verification.linked(odd, base_url=BASE, key=KEY)
    assert linked.verify_url.startswith(f"{BASE}/verify/PF%201%2F2-%C3%BC-")
    assert verification.number_in(verification.token(odd, KEY)) == "PF 1/2-ü"


@given(st.text(max_size=60))
def test_nothing_that_people_type_breaks_it(written: str) -> None:
    assert verification.number_in(written) in written
    assert not verification.proves(written, invoice(), KEY)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("青岛海棠示例数据服务有限公司", "青***司"),
        ("王晓琪", "王***"),
        ("欧阳娜娜", "欧***"),
        ("Larkfield Analytics Pte. Ltd.", "L***."),
        ("A", "A***"),
    ],
)
def test_a_buyer_is_masked(name: str, shown: str) -> None:
    assert verification.masked(name) == shown
