"""Whose name may stand on the invoice."""

import pytest

from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.title_rules import (
    missing_for_special,
    normalise,
    title_allowed,
    title_matches,
)

COMPLETE = {
    "name": "Acme Ltd",
    "tax_id": "91110000MA00000000",
    "address": "1 Cloud Road",
    "phone": "010-55550000",
    "bank": "Example Bank",
    "bank_account": "1234567890",
}


def allowed(code: str, kind: str, certified: str, title: str, **options) -> bool:
    """Whether the title passes; a refusal must name both strings."""
    try:
        title_allowed(profiles.get(code), kind, certified, title, **options)
    except DomainError as error:
        if error.code == "title_mismatch" and {title, certified} == set(error.values.values()):
            return False
        raise
    return True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云舟（青岛）科技有限公司", "云舟(青岛)科技有限公司"),
        ("云舟〔青岛〕科技有限公司", "云舟 (青岛) 科技有限公司"),
        ("Ａｃｍｅ  Ltd ", "Acme Ltd"),
        ("云舟 科技", "云舟科技"),
    ],
)
def test_names_are_compared_without_widths_brackets_and_needless_spaces(
    one: str, other: str
) -> None:
    assert normalise(one) == normalise(other)
    assert title_matches(one, other)


def test_different_names_stay_different() -> None:
    assert not title_matches("Acme Ltd", "Acme Limited")
    assert not title_matches("Acme Ltd", "AcmeLtd")
    assert not title_matches("云舟(青岛)科技", "云舟(济南)科技")


@pytest.mark.parametrize("code", ["baidu", "alibaba", "standard"])
def test_sc_24_an_enterprise_title_must_be_the_certified_name(code: str) -> None:
    assert allowed(code, "enterprise", "Acme Ltd", "Acme Ltd")
    assert not allowed(code, "enterprise", "Acme Ltd", "Acme Limited")
    assert not allowed(code, "organization", "Acme Club", "Acme Limited")


def test_k11_kingsoft_asks_no_more_than_the_dialog() -> None:
    assert allowed("kingsoft", "enterprise", "Acme Ltd", "Acme Limited")


def test_sc_20_an_individual_is_called_individual_or_by_name() -> None:
    assert allowed("alibaba", "individual", "Li Ming", "Individual")
    assert allowed("alibaba", "individual", "Li Ming", "Li Ming")
    assert not allowed("alibaba", "individual", "Li Ming", "Wang Fang")
    assert not allowed("alibaba", "enterprise", "Acme Ltd", "Individual")


def test_sc_21_an_individual_may_name_an_enterprise() -> None:
    assert allowed("baidu", "individual", "Li Ming", "Example Trading Co.")


def test_a11_an_approved_corporate_title_is_selectable() -> None:
    title = "Example Trading Co."
    assert not allowed("alibaba", "individual", "Li Ming", title)
    assert allowed("alibaba", "individual", "Li Ming", title, approved=[title])


def test_sc_26_a_special_invoice_lists_exactly_what_is_missing() -> None:
    assert missing_for_special(COMPLETE) == ()
    assert missing_for_special(COMPLETE | {"phone": " "}) == ("registered phone",)
    assert missing_for_special({}) == (
        "company name",
        "tax ID",
        "registered address",
        "registered phone",
        "bank name",
        "bank account",
    )


def test_b50_an_individual_never_takes_the_name_of_another_person():
    policy = profiles.get("baidu")
    title_allowed(policy, "individual", "李明", "李明", title_type="individual")
    title_allowed(policy, "individual", "李明", "个人", title_type="individual")
    title_allowed(policy, "individual", "李明", "示例贸易有限公司", title_type="enterprise")
    with pytest.raises(DomainError) as refusal:
        title_allowed(policy, "individual", "李明", "王芳", title_type="individual")
    assert refusal.value.code == "title_mismatch"
