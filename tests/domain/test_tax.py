"""Tax-inclusive prices: net is rounded, tax is the rest."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.tax import split_gross

CENTS = st.integers(1, 10**12).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.01", "0.03", "0.06", "0.09", "0.13")])


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [
        ("106.00", "0.06", "100.00", "6.00"),  # SC-17
        ("109.00", "0.09", "100.00", "9.00"),  # SC-17
        ("113.00", "0.13", "100.00", "13.00"),  # SC-17
        ("0.01", "0.06", "0.01", "0.00"),  # SC-18
        ("1000.00", "0.06", "943.40", "56.60"),  # SC-30
        ("99999.99", "0.06", "94339.61", "5660.38"),  # SC-35
        ("0.09", "0.06", "0.08", "0.01"),
        ("1000.00", "0.13", "884.96", "115.04"),
        ("-500.00", "0.06", "-471.70", "-28.30"),  # SC-79
        ("100.00", "0", "100.00", "0.00"),
    ],
)
def test_the_tax_is_inside_the_price(gross: str, rate: str, net: str, tax: str) -> None:
    assert split_gross(Decimal(gross), Decimal(rate)) == (Decimal(net), Decimal(tax))


@given(gross=CENTS, rate=RATES)
def test_net_and_tax_sum_to_the_gross_and_the_tax_is_within_a_cent(
    gross: Decimal, rate: Decimal
) -> None:
    net, tax = split_gross(gross, rate)
    assert net + tax == gross
    assert abs(net * rate - tax) < Decimal("0.01")
    assert net == net.quantize(Decimal("0.01"))


@given(gross=CENTS, rate=RATES)
def test_a_credit_note_carries_exactly_the_negative_amounts(gross: Decimal, rate: Decimal) -> None:
    net, tax = split_gross(gross, rate)
    assert split_gross(-gross, rate) == (-net, -tax)
