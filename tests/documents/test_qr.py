"""The QR text of a digital e-invoice and its check sum."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing.documents.qr import crc16, qr_png, qr_svg, qr_text
from tests.documents.samples import invoice, line


def test_the_check_sum_is_that_of_the_published_example() -> None:
    assert f"{crc16(b'01,31,,24112000000048542163,4449.00,20240528,,'):04X}" == "B2B6"


def test_the_text_says_kind_number_gross_and_date() -> None:
    snapshot = invoice(
        line("软件服务", "4449"), number="24112000000048542163", issued_on=date(2024, 5, 28)
    )
    assert qr_text(snapshot) == "01,31,,24112000000048542163,4449.00,20240528,,B2B6"


def test_a_general_credit_note_has_its_code_and_its_sign() -> None:
    text = qr_text(invoice(line("云服务器", "-500"), kind="general"))
    assert text.startswith("01,32,,26991000000000000042,-500.00,20260305,,")


@pytest.mark.parametrize("amount", [Decimal("0.01"), Decimal("99999999999.99")])
def test_the_check_sum_always_has_four_digits(amount: Decimal) -> None:
    check = qr_text(invoice(line("云服务器", str(amount)))).rsplit(",", 1)[1]
    assert len(check) == 4
    assert check == check.upper()


def test_pictures_are_the_same_every_time() -> None:
    assert qr_png("text") == qr_png("text")
    assert qr_png("text").startswith(b"\x89PNG")
    assert qr_svg("text").startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21">')
