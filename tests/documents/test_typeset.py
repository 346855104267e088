"""Text is broken so that it fits, and figures are printed as the form wants them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents.errors import DoesNotFit
from invoicing.documents.face import place
from invoicing.documents.figures import price_text, rate_text, tax_text
from invoicing.documents.layout import MM_PER_POINT
from invoicing.documents.typeset import fit, width_in_em, wrap
from tests.documents.samples import BUYER, invoice, line


@given(
    st.text(alphabet="云服务器（）abcXYZ 019.,-", max_size=60),
    st.floats(min_value=10, max_value=60),
)
def test_no_line_is_wider_than_its_place_and_no_character_is_lost(text: str, width: float) -> None:
    lines = wrap(text, width, 9)
    assert all(width_in_em(each) * 9 * MM_PER_POINT <= width + 1e-3 for each in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_and_figures_stay_whole_when_they_can() -> None:
    assert wrap("云服务器 c6.2xlarge 实例", 22, 9) == ["云服务器", "c6.2xlarge 实", "例"]


def test_long_text_is_set_smaller_and_too_long_text_is_refused() -> None:
    steps = ((9.0, 4.0), (7.0, 3.0))
    assert fit("云" * 20, 32, 6, steps, "name") == (7.0, 3.0, ["云" * 12, "云" * 8])
    with pytest.raises(DoesNotFit, match="name"):
        fit("云" * 30, 32, 6, steps, "name")


def test_a_buyer_name_of_a_hundred_characters_fits_and_longer_remarks_than_the_field_do_not() -> (
    None
):
    place(invoice(buyer=BUYER.__class__("海" * 100)))
    place(invoice(remarks="备" * 230))
    with pytest.raises(DoesNotFit, match="remarks"):
        place(invoice(remarks="备" * 2000))


@pytest.mark.parametrize(
    ("net", "tax", "quantity", "price"),
    [
        ("4197.17", "251.83", "1", "4197.17"),
        ("94.25", "5.65", "3", "31.4166666666667"),
        ("1166.79", "70.01", "820", "1.42291463414634"),
        ("-471.70", "-28.30", "-1", "471.7"),
    ],
)
def test_a_unit_price_has_at_most_fifteen_digits(
    net: str, tax: str, quantity: str, price: str
) -> None:
    gross = str(Decimal(net) + Decimal(tax))
    assert price_text(line("云服务器", gross, quantity=Decimal(quantity))) == price


def test_a_longer_unit_price_is_rounded_half_up_to_fifteen_digits() -> None:
    row = line("云", "4449", quantity=Decimal(1), unit_price=Decimal("4197.169811320754716"))
    assert price_text(row) == "4197.16981132075"
    assert price_text(line("云", "4449")) == ""


def test_rates_are_percents_and_untaxed_rows_say_so() -> None:
    assert [rate_text(Decimal(r)) for r in ("0.06", "0.13", "0.015", "0")] == [
        "6%",
        "13%",
        "1.5%",
        "0%",
    ]
    row = line("预存款", "100", rate=None, net=Decimal(100), tax=Decimal(0))
    assert (rate_text(row.rate), tax_text(row)) == ("不征税", "***")
