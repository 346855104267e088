"""A snapshot is checked, canonical and hashed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.documents.errors import InvalidSnapshot
from invoicing.documents.snapshot import InvoiceSnapshot, Party, ProformaSnapshot
from tests.documents.samples import BUYER, invoice, line, proforma


def test_an_invoice_survives_its_json() -> None:
    snapshot = invoice(line("云服务器", "-500"), credit_of="26991000000000000007")
    assert InvoiceSnapshot.from_json(snapshot.to_json()) == snapshot
    assert InvoiceSnapshot.from_json(snapshot.to_json()).digest() == snapshot.digest()


def test_a_proforma_survives_its_json() -> None:
    assert ProformaSnapshot.from_json(proforma().to_json()) == proforma()


def test_equal_figures_written_differently_have_one_digest() -> None:
    first = invoice(line("云服务器", "106", quantity=Decimal("1")))
    second = invoice(line("云服务器", "106.00", quantity=Decimal("1.0")))
    assert first.digest() == second.digest()
    assert '"gross":"106.00"' in first.to_json()
    assert first.digest() != replace(first, drawer="李雷").digest()


def test_json_keys_are_sorted_and_figures_are_text() -> None:
    party = Party("云杉", "1", country="CN")
    assert party.to_json() == (
        '{"address":"","bank":"","bank_account":"","country":"CN","name":"云杉","phone":"","tax_id":"1"}'
    )


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        invoice().to_json().replace('"6132.50"', "6132.50"),
        invoice().to_json().replace('"specimen":true', '"specimen":"yes"'),
        invoice().to_json().replace('"2026-03-05"', '"5 March"'),
        invoice().to_json().replace('"6132.50"', '"6132.51"'),
    ],
)
def test_json_that_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(InvalidSnapshot):
        InvoiceSnapshot.from_json(text)


def test_a_line_whose_net_and_tax_are_not_its_gross_is_refused() -> None:
    with pytest.raises(InvalidSnapshot, match=r"Net \+ tax is not gross"):
        line("云服务器", "106.00", tax=Decimal("6.01"))


def test_totals_that_are_not_the_sum_of_the_lines_are_refused() -> None:
    with pytest.raises(InvalidSnapshot, match=r"The net of the lines sums to 5785\.38"):
        invoice(net=Decimal("5785.39"))


def test_lines_of_both_signs_are_refused() -> None:
    with pytest.raises(InvalidSnapshot, match="one sign"):
        invoice(line("云服务器", "500"), line("折扣", "-100"))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"number": "42"}, "20 digits"),
        ({"currency": "USD"}, "in CNY, not USD"),
        ({"kind": "normal"}, "unknown kind|Unknown kind"),
        ({"credit_of": "26991000000000000007"}, "credit note is negative"),
        ({"lines": ()}, "1 to 2000 lines"),
        ({"drawer": "王\x00"}, r"control character U\+0000"),
        ({"buyer": BUYER, "remarks": "a\u202eb"}, r"control character U\+202E"),
    ],
)
def test_an_invoice_that_contradicts_itself_is_refused(
    fields: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidSnapshot, match=problem):
        invoice(**fields)


def test_fractions_of_a_cent_and_floats_are_refused() -> None:
    with pytest.raises(InvalidSnapshot, match="not an amount in cents"):
        proforma(total=Decimal("1.005"))
    with pytest.raises(InvalidSnapshot, match="not a finite Decimal"):
        proforma(total=1.5)


def test_a_proforma_due_before_its_date_is_refused() -> None:
    with pytest.raises(InvalidSnapshot, match="due before it is issued"):
        proforma(due_on=date(2026, 3, 4))
