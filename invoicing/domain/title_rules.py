"""Whose name may stand on the invoice, and what a special invoice needs beside it (C18, C19, A35)."""

import re
import unicodedata
from collections.abc import Collection, Mapping

from finance_console.kernel.errors import DomainError
from finance_console.kernel.errors import gettext_noop as _
from invoicing.domain.profiles.policy import Policy

DEFAULT_INDIVIDUAL = ("Individual", "个人")
"""What an individual's title says until it is changed (A03)."""

COMPANIES = frozenset({"enterprise", "organization"})
"""Types of title that an individual does not have by itself."""

SPECIAL_FIELDS: Mapping[str, str] = {
    "name": _("company name"),
    "tax_id": _("tax ID"),
    "address": _("registered address"),
    "phone": _("registered phone"),
    "bank": _("bank name"),
    "bank_account": _("bank account"),
}
"""What a special invoice needs, in the order people are told."""

_BRACKETS = str.maketrans("〔〕【】[]", "()()()")
_IDEOGRAPH = r"[\u3400-\u9fff]"
_NEEDLESS_SPACE = re.compile(rf" (?=[()])|(?<=[()]) | (?={_IDEOGRAPH})|(?<={_IDEOGRAPH}) ")


def normalise(name: str) -> str:
    """`name` as it is compared: full-width forms, kinds of brackets and needless spaces do not matter."""
    text = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return _NEEDLESS_SPACE.sub("", " ".join(text.split()))


def title_matches(certified_name: str, title_name: str) -> bool:
    """Whether the title is the certified name, so that nobody needs to review it (B42)."""
    return normalise(certified_name) == normalise(title_name)


def missing_for_special(title_fields: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the empty fields that a special invoice needs, in order; message ids (A35, SC-26)."""
    return tuple(
        name for field, name in SPECIAL_FIELDS.items() if not title_fields.get(field, "").strip()
    )


def title_allowed(
    policy: Policy,
    account_kind: str,
    certified_name: str,
    title_name: str,
    *,
    title_type: str = "",
    approved: Collection[str] = (),
) -> None:
    """Refuse a title the profile does not allow; `approved` are corporate titles granted to an individual (A11).

    An individual never takes the name of another person, only its own or a company's (B50). Raises
    `title_mismatch` naming both strings (B51, A02, SC-20, SC-24), and `title_not_approved` for
    an individual's title of a company (`title_type`) that was not granted (SC-22).
    """
    rule = policy.individual_title if account_kind == "individual" else policy.enterprise_title
    allowed = {normalise(certified_name)} | {normalise(name) for name in approved}
    if account_kind == "individual":
        allowed.update(DEFAULT_INDIVIDUAL)
    person = account_kind == "individual" and title_type == "individual"
    if normalise(title_name) in allowed or (rule == "free" and not person):
        return
    if account_kind == "individual" and title_type in COMPANIES:
        raise DomainError("title_not_approved", title=title_name)
    raise DomainError("title_mismatch", title=title_name, certified=certified_name)


PARTY_FIELDS = ("name", "tax_id", "address", "phone", "bank", "bank_account")
