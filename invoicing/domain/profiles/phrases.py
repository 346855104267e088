"""The wording of the requirement tables 2.1 and 2.2, read back into the keys of a `Policy`.

A story or an operator may write `"cap e / paper": "99,999.99 / 1,000,000"` just as the table does. Each reader here
turns one such key into plain `{field: value}` pairs; `overrides` then checks them against the types of `Policy`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

NOTHING = {"", "-", "–", "—", "n/a", "none", "null", "no cap"}

KEYS: Mapping[str, str] = {
    "partial_period_allowed": "partial_amounts",
    "max_requests_month": "max_requests_per_month",
    "max_requests_per_period": "max_requests_per_month",
    "media_matrix": "media",
    "media_ordinary": "media_general",
    "cap": "caps",
    "cap_e": "cap_electronic",
    "individual_corporate_title": "individual_title",
    "eligible_delivered_after": "eligible_after",
    "e_issue_target": "issue_target_minutes",
    "e_issue_breach": "issue_breach",
    "paper_issue_wd": "paper_issue_days",
    "remark_blocklist": "remark_words",
    "statuses_shown": "labels",
}
"""Key names of the tables (lower case, one underscore between words) that differ from the field's."""

WORDS: Mapping[str, str] = {
    "e": "electronic",
    "digital": "electronic",
    "ordinary": "general",
    "issuer": "entity",
    "paid_plus_1d": "next_day",
    "paid_plus_1d_at": "next_day",
    "bill_and_settled": "bill_settled",
    "bill_generated_and_settled": "bill_settled",
    "statement_strictly_after": "statement_after",
    "subscription": "subscription_after",
    "issuer+code+rate": "entity_code_rate",
    "issuer+tax_code+rate": "entity_code_rate",
    "issuer+rate": "entity_rate",
    "entity+code+rate": "entity_code_rate",
    "entity+tax_code+rate": "entity_code_rate",
    "entity+rate": "entity_rate",
    "(issuer, tax_code, rate)": "entity_code_rate",
    "(entity, tax_code, rate)": "entity_code_rate",
    "(issuer, code, rate)": "entity_code_rate",
    "(issuer, rate)": "entity_rate",
    "(entity, rate)": "entity_rate",
}
"""Values of the tables that differ from the choice they mean."""


def is_nothing(value: Any) -> bool:
    """Whether `value` is None or one of the ways the tables write "no such rule"."""
    return value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def _found(field: str, pattern: str, text: str) -> dict[str, Any]:
    match = re.search(pattern, text, re.IGNORECASE)
    return {field: match[1]} if match else {}


def _postpaid_strategy(text: str) -> dict[str, Any]:
    """`paid_plus_1d_at(10:00)`, `bill_and_settled day 3 00:00`, `statement_after day 3 → 4th 00:00`."""
    next_day = re.match("paid_plus_1d|next_day", text)
    hour = _found("postpaid_hour", r"\b(\d{1,2}):00", text) if next_day else {}
    return {"postpaid_strategy": text} | hour | _found("bill_day", r"\bday\s*=?\s*(\d+)", text)


def _eligible(text: str) -> dict[str, Any]:
    """`all`, `all but marketplace`, `subscription, delivered > 2018-01-31`."""
    return {"eligible": text} | _found("eligible_after", r"(\d{4}-\d{2}-\d{2})", text)


def _cap_e_paper(text: str) -> dict[str, Any]:
    """`99,999.99 / 1,000,000`; one dash for neither."""
    electronic, _, paper = (part.strip() for part in text.partition("/"))
    return {"caps": {"electronic": electronic, "paper": paper}}


def _review_mode(text: str) -> dict[str, Any]:
    """`auto_if_title_matches (10 min) else 3 wd`."""
    return (
        {"review_mode": text}
        | _found("auto_review_promise_minutes", r"(\d+) min", text)
        | _found("review_days", r"(\d+) wd", text)
    )


def _cancel_window(text: str) -> dict[str, Any]:
    """`until_claimed` for both, or `until_claimed for paper, until_issued for e`."""
    by_medium = re.findall(r"(\w+) for (\w+)", text)
    return {"cancel_window": {medium: window for window, medium in by_medium} or text}


def _issue_breach(text: str) -> dict[str, Any]:
    """`24 h`, `1 wd` (or `1 business day`), or none."""
    hours = _found("issue_breach_hours", r"(\d+)\s*h", text) or {"issue_breach_hours": None}
    days = _found("issue_breach_days", r"(\d+)\s*(?:wd|business|working)", text)
    return hours | (days or {"issue_breach_days": None})


def _target_breach(text: str) -> dict[str, Any]:
    """`5 min / 24 h`, `– / 1 wd`, `n/a`."""
    target, _, breach = ("", "", "") if is_nothing(text) else text.partition("/")
    return {"issue_target_minutes": target} | _issue_breach(breach)


def _paper_issue_ship(text: str) -> dict[str, Any]:
    """`15 wd / +3 d`, `3 wd incl. shipping`, `n/a`."""
    if is_nothing(text):
        return {"paper_issue_days": None, "paper_ship_days": None}
    issue = _found("paper_issue_days", r"(\d+) wd", text)
    if "incl" in text:
        days = issue["paper_issue_days"]
        return issue | {
            "paper_ship_days": days,
            "paper_ship_count": "working",
            "paper_ship_from": "submitted",
        }
    ship = _found("paper_ship_days", r"\+(\d+) d", text)
    return issue | ship | {"paper_ship_count": "calendar", "paper_ship_from": "issued"}


def _individual_title(text: str) -> dict[str, Any]:
    """`free`, `after_approval (3–5 wd)`."""
    days = re.search(r"(\d+)\s*[–-]\s*(\d+)", text)
    review = {"title_review_days": [days[1], days[2]]} if days else {}
    return {"individual_title": text} | review


def _marketplace(text: str) -> dict[str, Any]:
    """`wait 7 d, provider`, `provider, ≤7 wd to issue`, `split total, provider from 2020-10-29`."""
    return (
        {"marketplace_wait_days": None, "marketplace_issue_days": None}
        | {"marketplace_provider_from": None}
        | _found("marketplace_wait_days", r"wait (\d+) d", text)
        | _found("marketplace_issue_days", r"(\d+) wd", text)
        | _found("marketplace_provider_from", r"from (\d{4}-\d{2}-\d{2})", text)
    )


PHRASES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "postpaid_strategy": _postpaid_strategy,
    "eligible": _eligible,
    "cap_e_paper": _cap_e_paper,
    "review_mode": _review_mode,
    "cancel_window": _cancel_window,
    "e_target_breach": _target_breach,
    "issue_breach": _issue_breach,
    "paper_issue_ship": _paper_issue_ship,
    "individual_title": _individual_title,
    "marketplace": _marketplace,
}
"""Readers for values written as text; anything else is taken as it is."""

PARTS: Mapping[str, tuple[str, str]] = {
    "media_general": ("media", "general"),
    "media_special": ("media", "special"),
    "cap_electronic": ("caps", "electronic"),
    "cap_paper": ("caps", "paper"),
}
"""Keys that name one entry of a mapping field."""
