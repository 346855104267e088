"""Amounts in words and names, as the face of a digital e-invoice writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.wording import amount_in_words, clean_name, name_key


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "零圆整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("1", "壹圆整"),
        ("1.05", "壹圆零伍分"),
        ("10.50", "壹拾圆伍角整"),
        ("21.05", "贰拾壹圆零伍分"),
        ("101.10", "壹佰零壹圆壹角整"),
        ("1001", "壹仟零壹圆整"),
        ("1010", "壹仟零壹拾圆整"),
        ("6132.50", "陆仟壹佰叁拾贰圆伍角整"),
        ("10096", "壹万零玖拾陆圆整"),
        ("99999.99", "玖万玖仟玖佰玖拾玖圆玖角玖分"),
        ("100000", "壹拾万圆整"),
        ("1000001", "壹佰万零壹圆整"),
        ("10100000", "壹仟零壹拾万圆整"),
        ("100010000", "壹亿零壹万圆整"),
        ("120000000", "壹亿贰仟万圆整"),
        ("100000000001", "壹仟亿零壹圆整"),
        ("1000000000000", "壹万亿圆整"),
        ("1000100000000.30", "壹万零壹亿圆叁角整"),
        ("100000000000000", "壹佰万亿圆整"),
        ("-500", "（负数）伍佰圆整"),
        ("-0.01", "（负数）壹分"),
    ],
)
def test_an_amount_is_written_as_on_the_face(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["100.005", "NaN", "Infinity", "100000000000000.01"])
def test_an_amount_that_has_no_exact_words_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="cannot be written in words"):
        amount_in_words(Decimal(amount))


_VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def _read(words: str) -> int:
    """The number of yuan that words without fractions say: the reader a person would be."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if name in words:
            high, low = words.rsplit(name, 1)
            return _read(high) * size + _read(low)
    total = digit = 0
    for character in words:
        if character in _UNITS:
            total, digit = total + digit * _UNITS[character], 0
        else:
            digit = _VALUES[character]
    return total + digit


@given(st.integers(min_value=1, max_value=10**14))
def test_words_read_back_to_the_same_amount(yuan: int) -> None:
    words = amount_in_words(Decimal(yuan))
    assert words.endswith("圆整")
    assert _read(words.removesuffix("圆整")) == yuan
    assert "零零" not in words


def test_names_differing_in_width_brackets_spaces_and_case_are_one_name() -> None:
    written = [
        "青岛云杉（测试）有限公司",
        "青岛云杉(测试)有限公司",
        "青岛云杉 （测试） 有限公司",
        "青岛云杉〔测试〕有限公司",
    ]
    assert {name_key(name) for name in written} == {"青岛云杉(测试)有限公司"}
    assert name_key("ＡＢＣ Cloud") == name_key("abc  cloud") == "abccloud"
    assert name_key("青岛云杉有限公司") != name_key("青岛云杉（测试）有限公司")


def test_a_stored_name_keeps_its_brackets_and_loses_what_nobody_sees() -> None:
    assert clean_name("\ufeff 云杉\u200b（测试）\u3000 有限公司 ") == "云杉（测试） 有限公司"
