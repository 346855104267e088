"""The profiles a deployment knows, by code and version, and how to vary one.

The built-in ones are here from the start: each module of this package that has a `Policy` in it. `register`
adds what a story or a test defines; versions that operators put in force are rows, which `versions_of_operators`
finds when they are asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from finance_console.kernel.ports import Port
from invoicing.domain.profiles.overrides import as_data, parse
from invoicing.domain.profiles.policy import Policy

__all__ = [
    "OPERATORS_FROM",
    "Policy",
    "as_data",
    "codes",
    "forget",
    "forget_loaded",
    "found_in",
    "get",
    "register",
    "variant",
    "versions_of_operators",
]


def found_in(folders: Iterable[str]) -> tuple[Policy, ...]:
    """The policies in the modules of these folders of the package, by file name."""
    modules = [import_module(f"{__name__}.{file.name}") for file in iter_modules(folders)]
    values = [value for module in modules for value in vars(module).values()]
    return tuple(value for value in values if isinstance(value, Policy))


BUILT_IN = found_in(__path__)
OPERATORS_FROM = 101
"""Operators number their versions from here on, so that no later release ever ships the same one."""

Loader = Callable[[str, int], Policy | None]


versions_of_operators: Port[Loader] = Port("which versions of profiles operators put in force")
"""Asked for one version of one code; None for what is not used yet."""
_loaded: dict[tuple[str, int], Policy] = {}
_known: dict[str, dict[int, Policy]] = {policy.code: {} for policy in BUILT_IN}
for _policy in BUILT_IN:
    _known[_policy.code][_policy.version] = _policy


def get(code: str, version: int | None = None) -> Policy:
    """The policy of that code and version; None: the newest registered. Raises LookupError otherwise."""
    versions = _known.get(code, {})
    wanted = max(versions, default=0) if version is None else version
    policy = versions.get(wanted) or _load(code, wanted)
    if policy is not None:
        return policy
    if not versions:
        raise LookupError(f"There is no profile {code!r}. Choose one of: {', '.join(codes())}.")
    raise LookupError(f"The profile {code!r} has no version {version}.")


def _load(code: str, version: int) -> Policy | None:
    """A version of an operator. It never changes, so it is read once per process."""
    if version < OPERATORS_FROM:
        return None
    policy = _loaded.get((code, version)) or versions_of_operators.given(code, version)
    if policy is not None:
        _loaded[code, version] = policy
    return policy


def forget_loaded() -> None:
    """Read versions of operators again: for tests, which undo them."""
    _loaded.clear()


def codes() -> tuple[str, ...]:
    """The codes of all registered profiles, alphabetical."""
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
