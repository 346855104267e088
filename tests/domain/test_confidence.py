"""What stands in a bank line's text, and how sure it makes us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import bank_texts, confidence
from ledger.domain.confidence import Because


def test_numbers_are_found_in_any_text_also_without_blanks():
    found = bank_texts.numbers_in("预付款c00016,bill-202603-C00017-CNY。")
    assert {"C00016", "BILL-202603-C00017-CNY", "C00017"} <= found


@pytest.mark.parametrize(("text", "bodies"), [
    ("RF18539007547034", {"539007547034"}),
    ("rf18 5390 0754 7034 prepayment", {"539007547034"}),
    ("RF19539007547034", set()),  # wrong check digits
    ("INV RF", set()),
])  # fmt: skip
def test_structured_references_count_with_their_check_digits(text, bodies):
    assert bank_texts.references_in(text) == bodies


REASONS = st.sets(st.sampled_from(list(Because)), min_size=1)


@given(REASONS, st.sampled_from(list(Because)), st.integers(0, 9))
def test_a_further_reason_never_makes_less_sure_and_nothing_is_certain(reasons, more, times):
    own = confidence.percent(reasons, times)
    assert 0 < own <= confidence.percent(reasons | {more}, times) < 100


@given(REASONS, REASONS)
def test_of_two_customers_at_most_one_is_likely(mine, theirs):
    one, other = confidence.percent(mine), confidence.percent(theirs)
    sure = (confidence.among([other], one), confidence.among([one], other))
    assert sum(value > confidence.DOUBTFUL for value in sure) <= 1
