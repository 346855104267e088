"""The remark on an invoice."""

from invoicing.domain.remarks import LIMIT, excess, lint, months_remark


def test_sc_29_the_remark_names_the_first_and_the_last_month() -> None:
    assert months_remark(["2026-02", "2026-01"]) == "2026-01 至 2026-02"
    assert months_remark(["2026-01", "2026-01"]) == "2026-01"
    assert months_remark([]) == ""


def test_sc_45_irrelevant_words_are_warned_of() -> None:
    assert lint("URGENT! please send\nas  soon as possible") == ["urgent", "as soon as possible"]
    assert lint("请加急") == ["加急"]
    assert lint("Insurgent Games, contract 2026-7") == []
    assert lint("rush order", words=("rush",)) == ["rush"]


def test_a_remark_fits_into_230_characters() -> None:
    assert excess("号" * LIMIT) == 0
    assert excess("x" * 233) == 3
