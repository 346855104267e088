"""Which method, kind and medium each profile offers."""

import pytest

from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.eligibility import check_kind, check_method, choose_medium


def refusal(act, *arguments) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(*arguments)
    return caught.value


@pytest.mark.parametrize("code", profiles.codes())
def test_sc_19_special_invoices_are_for_enterprises(code: str) -> None:
    policy = profiles.get(code)
    check_kind(policy, "enterprise", "special")
    check_kind(policy, "individual", "general")
    for kind in ("individual", "organization"):
        error = refusal(check_kind, policy, kind, "special")
        assert error.code == "enterprise_certification_required"
    assert refusal(check_kind, policy, "enterprise", "gilded").code == "kind_not_allowed"


@pytest.mark.parametrize(
    ("code", "kind", "offered", "refused"),
    [
        ("baidu", "general", ["electronic", "paper"], None),
        ("baidu", "special", ["paper"], "electronic"),
        ("alibaba", "general", ["electronic"], "paper"),
        ("alibaba", "special", ["electronic"], "paper"),
        ("kingsoft", "general", ["paper"], "electronic"),
        ("kingsoft", "special", ["paper"], "electronic"),
        ("standard", "special", ["electronic", "paper"], None),
    ],
)
def test_sc_27_the_medium_matrix(
    code: str, kind: str, offered: list[str], refused: str | None
) -> None:
    policy = profiles.get(code)
    assert choose_medium(policy, kind) == offered[0]
    assert [choose_medium(policy, kind, medium) for medium in offered] == offered
    if refused:
        error = refusal(choose_medium, policy, kind, refused)
        assert error.code == "medium_not_allowed"
        assert error.values["media"] == ", ".join(offered)


def test_an_unknown_kind_has_no_medium() -> None:
    assert refusal(choose_medium, profiles.get("baidu"), "gilded").code == "kind_not_allowed"


def test_k01_kingsoft_invoices_by_month_only() -> None:
    policy = profiles.get("kingsoft")
    check_method(policy, "month")
    error = refusal(check_method, policy, "order")
    assert error.code == "method_not_allowed"
    assert error.values == {"method": "order", "methods": "month"}
