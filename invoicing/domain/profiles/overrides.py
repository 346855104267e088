"""Changes to a policy as people write them, checked against the types of `Policy` itself.

The type of a field is its rule: a choice must be one of its literals, a number a whole number, and so on. So a new
key of `Policy` can be overridden without a line here.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from invoicing.domain.profiles.phrases import KEYS, PARTS, PHRASES, WORDS, is_nothing
from invoicing.domain.profiles.policy import Medium, Policy

_IDENTITY = {"code", "version", "effective_from"}
HINTS = {
    name: hint
    for name, hint in get_type_hints(Policy, include_extras=True).items()
    if name not in _IDENTITY
}
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


def parse(policy: Policy, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `policy` that `overrides` change, with typed values. Mappings are changed entry by entry.

    Raises ValueError naming the key that does not exist or the value that does not fit.
    """
    changes: dict[str, Any] = {}
    for written, value in overrides.items():
        for field, plain in _plain(written, value).items():
            current = changes.get(field, getattr(policy, field))
            try:
                changes[field] = _convert(HINTS[field], plain, current)
            except (ValueError, DomainError) as error:
                raise ValueError(f"The profile key {written!r}: {error}") from None
    if "media" in changes:
        changes["media"] = {kind: _in_order(media) for kind, media in changes["media"].items()}
    return changes


def as_data(policy: Policy) -> dict[str, Any]:
    """Every key of `policy` but its identity, ready for JSON; `parse` reads it back unchanged."""
    return {f.name: _jsonable(getattr(policy, f.name)) for f in fields(policy) if f.name in HINTS}


def _plain(written: str, value: Any) -> dict[str, Any]:
    """The fields and values that one written key stands for."""
    name = re.sub(r"[^a-z0-9]+", "_", written.lower()).strip("_")
    name = KEYS.get(name, name)
    if name in PHRASES and isinstance(value, str):
        return PHRASES[name](value)
    if name in PARTS:
        field, entry = PARTS[name]
        return {field: {entry: value}}
    if name not in HINTS:
        raise ValueError(f"There is no profile key {written!r}. The keys are: {', '.join(HINTS)}.")
    return {name: value}


def _convert(hint: Any, value: Any, current: Any = None) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        kept = next(argument for argument in arguments if argument is not NoneType)
        return None if is_nothing(value) else _convert(kept, value)
    if origin in (Literal, Annotated):
        return _choice(choices_of(hint), value)
    if origin is tuple and Ellipsis not in arguments:
        return _pair(value)
    if origin in (tuple, frozenset):
        return origin(_several(arguments[0], value))
    if origin is Mapping:
        return _mapping(arguments, value, current)
    return _SCALARS[hint](value)


def _mapping(arguments: tuple[Any, ...], value: Any, current: Mapping[Any, Any]) -> dict[Any, Any]:
    """`current` with the entries of `value`; a plain value stands for every entry."""
    key_hint, value_hint = arguments
    if value_hint is str and not isinstance(value, Mapping):
        raise ValueError('expected one text per entry, such as {"issued": "Invoiced"}.')
    entries = value if isinstance(value, Mapping) else dict.fromkeys(current, value)
    return {**current} | {
        _convert(key_hint, key): _convert(value_hint, entry) for key, entry in entries.items()
    }


def _several(hint: Any, value: Any) -> list[Any]:
    if is_nothing(value):
        return []
    if isinstance(value, str):
        if re.match(r"all\b", value.strip(), re.IGNORECASE) and choices_of(hint):
            return list(choices_of(hint))
        value = re.split(r"\s*[,+]\s*", value.strip())
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f"expected a list, not {value!r}.")
    return list(dict.fromkeys(_convert(hint, part) for part in value))


def choices_of(hint: Any) -> tuple[str, ...]:
    """What `Literal["a", "b"]` or `Annotated[str, "a", "b"]` allows; empty for other types."""
    allowed = {Literal: get_args(hint), Annotated: get_args(hint)[1:]}
    return allowed.get(get_origin(hint), ())


def _choice(choices: tuple[str, ...], value: Any) -> str:
    """The choice that `value` starts with, after the tables' words are put into ours.

    A list is the parts of one word: ["issuer", "rate"].
    """
    text = "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = text.strip().lower()
    meanings = {choice: choice for choice in choices} | {
        word: choice for word, choice in WORDS.items() if choice in choices
    }
    for word in sorted(meanings, key=len, reverse=True):
        if text.startswith(word) and not re.match(r"[\w+]", text[len(word) :]):
            return meanings[word]
    raise ValueError(f"expected one of {', '.join(choices)}, not {value!r}.")


def _pair(value: Any) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"expected two numbers, not {value!r}.")
    return _whole(value[0]), _whole(value[1])


def _whole(value: Any) -> int:
    match = re.fullmatch(r"\s*(\d+)\s*[a-z]*\s*", str(value), re.IGNORECASE)
    if match is None or isinstance(value, bool):
        raise ValueError(f"expected a whole number, not {value!r}.")
    return int(match[1])


def _flag(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise ValueError(f"expected true or false, not {value!r}.")
    return text in _YES


def _amount(value: Any) -> Decimal:
    amount = parse_amount(str(value))
    if amount <= 0:
        raise ValueError(f"expected a positive amount, not {value!r}.")
    return amount


_SCALARS: Mapping[Any, Any] = {
    bool: _flag,
    int: _whole,
    str: str,
    date: lambda value: date.fromisoformat(str(value)),
    Decimal: _amount,
}


def _in_order(media: tuple[Medium, ...]) -> tuple[Medium, ...]:
    """Electronic before paper: the first is what an application gets when it does not choose."""
    return tuple(sorted(media))


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_jsonable(entry) for entry in value]
    return str(value) if isinstance(value, Decimal | date) else value
