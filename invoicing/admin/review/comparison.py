"""The application's title against the certification, field by field, with the differing characters marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from accounts.models import Certification
from invoicing.domain.title_rules import normalise

Part = tuple[str, bool]
"""A piece of a value, and whether it differs from the other side."""

CERTIFIED: Mapping[str, Any] = {
    "name": gettext_lazy("Company name"),
    "tax_id": gettext_lazy("Tax ID"),
}
OWN_WORD: Mapping[str, Any] = {
    "address": gettext_lazy("Registered address"),
    "phone": gettext_lazy("Registered phone"),
    "bank": gettext_lazy("Bank name"),
    "bank_account": gettext_lazy("Bank account"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field: what the application says, what it is compared with, and the verdict.

    `note` stands in place of the right-hand side where the certification says nothing about it.
    """

    label: str | Promise
    left: Sequence[Part]
    right: Sequence[Part]
    result: str
    differs: bool = False
    note: str = ""


def differences(left: str, right: str) -> tuple[list[Part], list[Part]]:
    """Both strings in pieces, each piece marked when it is not on the other side."""
    parts_left: list[Part] = []
    parts_right: list[Part] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if a < b:
            parts_left.append((left[a:b], tag != "equal"))
        if c < d:
            parts_right.append((right[c:d], tag != "equal"))
    return parts_left, parts_right


def differing_fields(buyer: Mapping[str, str], certification: Certification | None) -> list[str]:
    """The certified fields in which the title differs; all of them without a certification.

    A tax ID is compared only where the title names one: an individual's title has none.
    """
    if certification is None:
        return list(CERTIFIED)
    fields = []
    if normalise(buyer["name"]) != normalise(certification.name):
        fields.append("name")
    if buyer["tax_id"] and buyer["tax_id"] != certification.tax_id:
        fields.append("tax_id")
    return fields


def compare(
    buyer: Mapping[str, str],
    certification: Certification | None,
    last_buyer: Mapping[str, str] | None,
) -> list[Row]:
    """Every field of the title: the certified ones against the certification, the others against
    `last_buyer`, the title of the customer's invoice before."""
    differing = differing_fields(buyer, certification)
    rows = [_certified(field, buyer, certification, field in differing) for field in CERTIFIED]
    return rows + [_own_word(field, buyer, last_buyer) for field in OWN_WORD]


def _certified(
    field: str,
    buyer: Mapping[str, str],
    certification: Certification | None,
    differs: bool,  # noqa: FBT001
) -> Row:
    value = buyer[field]
    certified = getattr(certification, field) if certification else ""
    left, right = differences(value, certified)
    if certification is None:
        verdict = _("No certification")
    elif differs:
        verdict = _("Differs")
    elif value == certified:
        verdict = _("Equal")
    else:
        verdict = _("Equal but for brackets and spaces") if value else _("Not named in the title")
    if field == "tax_id" and value:
        verdict = f"{verdict}, {check_digit(value)}"
    return Row(CERTIFIED[field], left, right, verdict, differs=differs)


def _own_word(field: str, buyer: Mapping[str, str], last_buyer: Mapping[str, str] | None) -> Row:
    value = buyer[field]
    if last_buyer is None:
        verdict = _("First invoice") if value else ""
    elif value == last_buyer[field]:
        verdict = _("Same as last invoice")
    else:
        verdict = _("Last invoice: %(value)s") % {"value": last_buyer[field] or "-"}
    return Row(OWN_WORD[field], [(value, False)], [], verdict, note=_("not part of certification"))


def check_digit(tax_id: str) -> str:
    """What the check digit of a unified social credit code says."""
    try:
        uscc.validate(tax_id)
    except InvalidChecksum:
        return _("check digit wrong")
    except ValidationError:
        return _("not an 18-character credit code")
    return _("check digit right")


def advice(buyer: Mapping[str, str], certification: Certification | None) -> str:
    """A sentence for the customer that names the wrong character of the tax ID; "" when it is not that."""
    certified = certification.tax_id if certification else ""
    value = buyer["tax_id"]
    if len(value) != len(certified):
        return ""
    wrong = [
        place for place, pair in enumerate(zip(value, certified, strict=True)) if pair[0] != pair[1]
    ]
    if len(wrong) != 1:
        return ""
    place = wrong[0]
    return _("Character %(place)d of the tax ID should be %(right)s, not %(wrong)s.") % {
        "place": place + 1,
        "right": certified[place],
        "wrong": value[place],
    }
