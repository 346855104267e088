"""Numbers of the sandbox channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.numbering import SandboxNumber, parse_sandbox_number, sandbox_number


def test_a_number_shows_year_region_channel_series_and_sequence() -> None:
    assert sandbox_number(2026, 1, 42, 7) == "26991000420000000007"
    parts = SandboxNumber(year=2026, channel=1, series=42, sequence=7)
    assert parse_sandbox_number("26991000420000000007") == parts


@given(
    year=st.integers(2000, 2099),
    channel=st.integers(0, 9),
    series=st.integers(0, 99_999),
    sequence=st.integers(1, 9_999_999_999),
)
def test_every_number_has_twenty_digits_and_reads_back(
    year: int, channel: int, series: int, sequence: int
) -> None:
    number = sandbox_number(year, channel, series, sequence)
    assert len(number) == 20
    assert number[2:4] == "99"
    assert parse_sandbox_number(number) == SandboxNumber(
        year=year, channel=channel, series=series, sequence=sequence
    )


@pytest.mark.parametrize(
    "parts", [(1999, 1, 1, 1), (2026, 10, 1, 1), (2026, 1, 100_000, 1), (2026, 1, 1, 0)]
)
def test_a_part_that_does_not_fit_is_refused(parts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="outside"):
        sandbox_number(*parts)


@pytest.mark.parametrize(
    "number",
    ["", "24112000000048542163", "2699100042000000007", "2699１000420000000007"],
)
def test_a_real_number_is_not_mistaken_for_one_of_ours(number: str) -> None:
    with pytest.raises(ValueError, match="not a number of the sandbox"):
        parse_sandbox_number(number)


def test_a_sequence_starts_at_one() -> None:
    with pytest.raises(ValueError, match="sequence 0"):
        parse_sandbox_number("26991000420000000000")
