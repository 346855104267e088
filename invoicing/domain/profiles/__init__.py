"""The profiles a deployment knows, by code and version, and how to vary one.

The built-in four are here from the start; `register` adds the variants an operator or a story defines.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from invoicing.domain.profiles.alibaba import ALIBABA
from invoicing.domain.profiles.baidu import BAIDU
from invoicing.domain.profiles.kingsoft import KINGSOFT
from invoicing.domain.profiles.overrides import as_data, parse
from invoicing.domain.profiles.policy import Policy
from invoicing.domain.profiles.standard import STANDARD

__all__ = ["Policy", "as_data", "codes", "forget", "get", "register", "variant"]

BUILT_IN = (BAIDU, ALIBABA, KINGSOFT, STANDARD)
_known: dict[str, dict[int, Policy]] = {
    policy.code: {policy.version: policy} for policy in BUILT_IN
}


def get(code: str, version: int | None = None) -> Policy:
    """The policy of that code and version, the newest when `version` is None. Raises LookupError otherwise."""
    versions = _known.get(code)
    if versions is None:
        raise LookupError(f"There is no profile {code!r}. Choose one of: {', '.join(codes())}.")
    if version is None:
        return versions[max(versions)]
    if version not in versions:
        raise LookupError(f"The profile {code!r} has no version {version}.")
    return versions[version]


def codes() -> tuple[str, ...]:
    """The codes of all known profiles, alphabetical."""
    return tuple(sorted(_known))


def register(policy: Policy) -> None:
    """Make `policy` known to `get`; the same value twice is harmless.

    Raises ValueError for another value under a known code and version: a used version never changes.
    """
    versions = _known.setdefault(policy.code, {})
    if versions.setdefault(policy.version, policy) != policy:
        raise ValueError(f"Version {policy.version} of the profile {policy.code!r} is taken.")


def forget(code: str) -> None:
    """Remove a registered variant when its story ends. Raises ValueError for a built-in profile."""
    if code in {policy.code for policy in BUILT_IN}:
        raise ValueError(f"The profile {code!r} is built in.")
    _known.pop(code, None)


def variant(base: str, name: str, overrides: Mapping[str, Any]) -> Policy:
    """Version 1 of a profile `name`: the newest `base` with the keys in `overrides` changed. Not registered.

    Keys and values may be written as in `Policy`, as JSON, or as in the tables 2.1 and 2.2 of the requirements.
    Raises LookupError for an unknown base and ValueError for a key or a value that no policy has.
    """
    policy = get(base)
    return replace(policy, code=name, version=1, effective_from=None, **parse(policy, overrides))
