"""What differs between two policies, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from invoicing.domain.profiles.overrides import HINTS, as_data
from invoicing.domain.profiles.policy import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One key, or one `entry` of it ("" for a plain value), before and after."""

    key: str
    entry: str
    old: Any
    new: Any


def differences(old: Policy, new: Policy) -> list[Change]:
    """All that is not the same, in the order of `Policy`. Code and version are not compared."""
    rows = []
    for key in HINTS:
        before, after = getattr(old, key), getattr(new, key)
        if not isinstance(before, Mapping):
            before, after = {"": before}, {"": after}
        rows += [
            Change(key, entry, before.get(entry), after[entry])
            for entry in after
            if before.get(entry) != after[entry]
        ]
    return rows


def changed_keys(base: Policy, policy: Policy) -> dict[str, Any]:
    """The keys of `policy` that differ from `base` with their new values, ready for JSON."""
    data, keys = as_data(policy), {change.key for change in differences(base, policy)}
    return {key: value for key, value in data.items() if key in keys}
