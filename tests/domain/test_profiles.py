"""Profiles are data: every cell of the policy table, and every way to write a variant."""

import json
import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.profiles.checks import check
from invoicing.domain.profiles.comparing import Change, changed_keys, differences
from invoicing.domain.profiles.overrides import parse

TABLE = {
    "prepaid_trigger": ("paid_and_delivered", "paid", "statement", "paid_and_delivered"),
    "postpaid_strategy": (
        "paid_plus_1d 10:00",
        "bill_and_settled day 3 00:00*",
        "statement_after day 3 → 4th 00:00",
        "bill_and_settled day 3",
    ),
    "eligible": (
        "all but marketplace",
        "all",
        "subscription, delivered > 2018-01-31",
        "all but marketplace",
    ),
    "methods": ("order, month, amount", "order, month, amount", "month", "all three"),
    "partial amounts": ("yes", "yes", "no", "yes"),
    "max requests / month": ("–", "–", "1", "–"),
    "media special": ("paper", "e", "paper", "e, paper"),
    "media ordinary": ("e, paper", "e", "paper", "e, paper"),
    "cap e / paper": ("99,999.99 / 1,000,000", "–", "–", "99,999.99 / 1,000,000"),
    "review_mode": (
        "auto_if_title_matches (10 min) else 3 wd",
        "auto",
        "manual",
        "auto_if_title_matches",
    ),
    "cancel_window": (
        "until_claimed",
        "until_issued",
        "never",
        "until_claimed for paper, until_issued for e",
    ),
    "credit_decision": (
        {"electronic": "system", "paper": "person"},
        {"electronic": "system", "paper": "person"},
        {"electronic": "person", "paper": "person"},
        {"electronic": "system", "paper": "person"},
    ),
    "e target / breach": ("5 min / 24 h", "– / 1 wd", "n/a", "5 min / 24 h"),
    "paper issue / ship": ("15 wd / +3 d", "n/a", "3 wd incl. shipping", "15 wd / +3 d"),
    "individual corporate title": ("free", "after_approval (3–5 wd)", "free", "after_approval"),
    "enterprise title": ("must_match", "must_match", "free", "must_match"),
    "offset_key": ("issuer+code+rate",) * 4,
    "offset_timing": ("eager", "on_request", "on_request", "on_request"),
    "deficit_gate": ("account", "issuer", "issuer", "tax_key"),
    "withdraw_block": ("all", "deficit_amount", "deficit_amount", "deficit_amount"),
    "auto_invoice_day": ("–", "5", "–", "5"),
}
MARKETPLACE = (
    "wait 7 d, provider",
    "provider, ≤7 wd to issue",
    "split total, provider from 2020-10-29",
)
"""Of the superset it says only what the others have in common: wait 7 days, the provider, 7 working days to issue."""
STATUSES_SHOWN = {
    "baidu": "Pending Approval, Approved, Issued, Shipped",
    "alibaba": "Invoicing, Invoiced, Voided, Crediting, Credited",
    "kingsoft": "Requested, Sent, Returned",
    "standard": "Pending Approval, Approved, Issued, Shipped, Received, Crediting, Credited, Rejected, Withdrawn",
}
COLUMNS = ("baidu", "alibaba", "kingsoft", "standard")


@pytest.mark.parametrize("code", COLUMNS)
def test_every_cell_of_the_table_reads_as_the_value_of_the_profile(code: str) -> None:
    preset = profiles.get(code)
    cells = {key: row[COLUMNS.index(code)] for key, row in TABLE.items()}
    if code != "standard":
        cells["marketplace"] = MARKETPLACE[COLUMNS.index(code)]
    read = parse(profiles.get("standard"), cells)
    assert len(read) >= 20
    for field, value in read.items():
        assert value == getattr(preset, field), field


@pytest.mark.parametrize("code", COLUMNS)
def test_the_statuses_shown_are_those_of_the_table(code: str) -> None:  # A27, B18
    assert set(STATUSES_SHOWN[code].split(", ")) <= set(profiles.get(code).labels.values())


def test_the_superset_waits_for_the_marketplace_and_always_leaves_it_to_the_provider() -> None:
    standard = profiles.get("standard")
    assert (standard.marketplace_wait_days, standard.marketplace_issue_days) == (7, 7)
    assert standard.marketplace_provider_from is None


@pytest.mark.parametrize("code", profiles.codes())
def test_a_profile_written_as_json_reads_back_unchanged(code: str) -> None:
    policy = profiles.get(code)
    written = json.loads(json.dumps(profiles.as_data(policy)))
    for base in profiles.codes():
        assert profiles.variant(base, code, written) == replace(policy, version=1)


def test_a_profile_cannot_be_changed_in_place() -> None:
    policy = profiles.get("standard")
    with pytest.raises(AttributeError):
        policy.bill_day = 4  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.caps["paper"] = None  # type: ignore[index]


@pytest.mark.parametrize("code", profiles.codes())
def test_non_cash_funds_are_spent_first_and_only_cash_is_invoiceable(code: str) -> None:
    policy = profiles.get(code)
    assert policy.spending_order[-1] == "cash"
    assert set(policy.spending_order) == {"voucher", "coupon", "rebate", "gift", "cash"}
    assert policy.invoiceable_funds == {"cash"}


@pytest.mark.parametrize("code", profiles.codes())
def test_every_profile_has_a_word_for_every_status(code: str) -> None:
    assert profiles.get(code).labels.keys() == profiles.get("standard").labels.keys()


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("offset_key", "(issuer, rate)", "offset_key", "entity_rate"),
        ("offset_key", ["issuer", "rate"], "offset_key", "entity_rate"),
        ("offset_key", ["issuer", "tax_code", "rate"], "offset_key", "entity_code_rate"),
        ("offset_key", "(issuer, tax_code, rate)", "offset_key", "entity_code_rate"),
        ("offset_key", "entity_rate", "offset_key", "entity_rate"),
        ("deficit_gate", "entity", "deficit_gate", "entity"),
        ("postpaid_strategy", "paid_plus_1d_at(9:00)", "postpaid_hour", 9),
        ("postpaid_strategy", "bill_generated_and_settled(day=5)", "bill_day", 5),
        (
            "postpaid_strategy",
            "statement_strictly_after(day=3 → next day 00:00)",
            "postpaid_hour",
            10,
        ),
        ("eligible_delivered_after", "2020-02-29", "eligible_after", date(2020, 2, 29)),
        ("methods", "all three", "methods", ("order", "month", "amount")),
        ("methods", ["month", "order"], "methods", ("month", "order")),
        ("partial_period_allowed", False, "partial_amounts", False),
        ("max_requests_per_period", 1, "max_requests_per_month", 1),
        ("auto_invoice_day", None, "auto_invoice_day", None),
        ("remark_blocklist", ["rush"], "remark_words", ("rush",)),
        ("review_days", "5", "review_days", 5),
        ("confirm_amount", "true", "confirm_amount", True),
        ("invoiceable_funds", ["cash", "gift"], "invoiceable_funds", frozenset({"cash", "gift"})),
    ],
)
def test_a_variant_accepts_the_names_and_values_of_the_tables(
    key: str, value: object, field: str, expected: object
) -> None:
    assert getattr(profiles.variant("standard", "mine", {key: value}), field) == expected


def test_mappings_change_entry_by_entry_and_a_plain_value_stands_for_all() -> None:
    made = profiles.variant(
        "standard",
        "mine",
        {
            "caps": {"e": "50,000"},
            "media": {"ordinary": ["paper", "e"]},
            "cancel_window": "never",
            "labels": {"withdrawn": "Voided"},
        },
    )
    assert made.caps == {"electronic": Decimal("50000.00"), "paper": Decimal("1000000.00")}
    assert made.media["general"] == ("electronic", "paper")
    assert made.cancel_window == {"electronic": "never", "paper": "never"}
    assert (made.labels["withdrawn"], made.labels["issued"]) == ("Voided", "Issued")
    assert profiles.get("standard").labels["withdrawn"] == "Withdrawn"
    uncapped = profiles.variant("standard", "mine", {"cap": None})
    assert uncapped.caps == {"electronic": None, "paper": None}


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"offset_kye": "entity_rate"}, "There is no profile key 'offset_kye'"),
        ({"code": "x"}, "There is no profile key 'code'"),
        ({"deficit_gate": "tax"}, "expected one of account, entity, tax_key"),
        ({"prepaid_trigger": "paid_and"}, "expected one of paid_and_delivered"),
        ({"review_days": "soon"}, "expected a whole number"),
        ({"review_days": True}, "expected a whole number"),
        ({"review_days": None}, "expected a whole number"),
        ({"partial_amounts": "perhaps"}, "expected true or false"),
        ({"caps": {"fax": "1.00"}}, "expected one of electronic, paper"),
        ({"caps": {"e": "0"}}, "expected a positive amount"),
        ({"caps": {"e": "1.005"}}, "1.005 is not a valid amount"),
        ({"methods": 3}, "expected a list"),
        ({"eligible_after": "31 January"}, "31 January"),
    ],
)
def test_a_variant_refuses_what_no_policy_has(overrides: dict, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        profiles.variant("standard", "mine", overrides)


def test_profiles_are_found_by_code_and_version_and_a_used_version_never_changes() -> None:
    mine = profiles.variant("alibaba", "mine", {"auto_invoice_day": 6})
    with pytest.raises(LookupError, match="Choose one of: alibaba, baidu, kingsoft, standard"):
        profiles.get("mine")
    profiles.register(mine)
    try:
        profiles.register(mine)
        assert profiles.get("mine") is mine
        newer = replace(mine, version=2, bill_day=4)
        profiles.register(newer)
        assert (profiles.get("mine"), profiles.get("mine", 1)) == (newer, mine)
        with pytest.raises(ValueError, match="Version 1 of the profile 'mine' is taken"):
            profiles.register(replace(mine, bill_day=9))
        with pytest.raises(LookupError, match="no version 3"):
            profiles.get("mine", 3)
    finally:
        profiles.forget("mine")
    assert "mine" not in profiles.codes()
    with pytest.raises(ValueError, match="built in"):
        profiles.forget("baidu")


@pytest.mark.parametrize("code", profiles.codes())
def test_every_key_of_a_profile_cites_its_source_or_says_why_there_is_none(code: str) -> None:
    source = Path(profiles.__file__).with_name(f"{code}.py").read_text(encoding="utf-8")
    keys = re.findall(r"^    (\w+)=.*", source, re.MULTILINE)
    cited = re.findall(r"^    (\w+)=.*  # .*\w", source, re.MULTILINE)
    assert cited == [key for key in keys if key not in {"code", "version"}]
    assert set(keys) == {field.name for field in fields(profiles.Policy)} - {"effective_from"}


def test_versions_of_operators_are_asked_for_when_they_are_not_built_in_and_only_once() -> None:
    mine, asked = replace(profiles.get("alibaba"), version=101, bill_day=4), []

    def load(code: str, version: int) -> profiles.Policy | None:
        asked.append((code, version))
        return mine if (code, version) == ("alibaba", 101) else None

    before = profiles.versions_of_operators._given
    profiles.versions_of_operators.provide(load)
    try:
        assert profiles.get("alibaba", 101) is profiles.get("alibaba", 101) is mine
        assert asked == [("alibaba", 101)]
        assert profiles.get("alibaba").version == 1
        with pytest.raises(LookupError, match="no version 102"):
            profiles.get("alibaba", 102)
        with pytest.raises(LookupError, match="Choose one of"):
            profiles.get("nobody", 101)
    finally:
        profiles.versions_of_operators._given = before
        profiles.forget_loaded()


@pytest.mark.parametrize("code", profiles.codes())
def test_the_built_in_profiles_make_sense(code: str) -> None:
    check(profiles.get(code))


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"bill_day": 31}, "profile_range", "bill_day"),
        ({"postpaid_hour": 24}, "profile_range", "postpaid_hour"),
        ({"max_requests_per_month": 2}, "profile_range", "max_requests_per_month"),
        ({"methods": []}, "profile_value", "methods"),
        ({"media_general": []}, "profile_value", "media"),
        ({"spending_order": "voucher, cash"}, "profile_value", "spending_order"),
        ({"invoiceable_funds": "cash, gift"}, "profile_value", "invoiceable_funds"),
        ({"title_review_days": [5, 3]}, "profile_value", "title_review_days"),
        ({"title_review_days": None}, "profile_value", "title_review_days"),
        ({"auto_invoice_day": 2}, "profile_value", "auto_invoice_day"),
        ({"default_remarks": "horoscope"}, "profile_value", "default_remarks"),
        ({"labels": {"issued": " "}}, "profile_value", "labels"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_with_the_key(
    changes: dict, code: str, key: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        check(profiles.variant("standard", "mine", changes))
    assert (refusal.value.code, refusal.value.values["key"]) == (code, key)


def test_differences_are_listed_key_by_key_and_entry_by_entry() -> None:
    standard = profiles.get("standard")
    mine = profiles.variant("standard", "mine", {"bill_day": 4, "cap_paper": None})
    assert differences(standard, mine) == [
        Change("bill_day", "", 3, 4),
        Change("caps", "paper", Decimal("1000000.00"), None),
    ]
    assert differences(standard, standard) == []
    assert changed_keys(standard, mine) == {
        "bill_day": 4,
        "caps": {"electronic": "99999.99", "paper": None},
    }
