"""Frozen values with one canonical JSON form: sorted keys, decimals and dates as text, never a float."""

import hashlib
import json
import types
import typing
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from invoicing.documents.errors import InvalidSnapshot

_CENT = Decimal("0.01")


class Canonical:
    """Mixin of the snapshot dataclasses: to and from canonical JSON, and the digest of it."""

    def to_json(self) -> str:
        """Canonical JSON: equal snapshots give equal text."""
        return json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The snapshot that `to_json()` wrote. Raises `InvalidSnapshot` for anything else, floats included."""
        try:
            return typing.cast(Self, _build(cls, json.loads(text, parse_float=_no_float)))
        except InvalidSnapshot:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as problem:
            raise InvalidSnapshot(f"This is not a {cls.__name__}: {problem}") from problem

    def digest(self) -> str:
        """SHA-256 of the canonical JSON in UTF-8, 64 hex digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def as_money(snapshot: object, *names: str) -> None:
    """Write the named amounts with exactly two decimals. Raises `InvalidSnapshot` for fractions of a cent."""
    for name in names:
        value = _decimal(snapshot, name)
        if value.copy_abs() >= Decimal(10) ** 14 or value != value.quantize(_CENT):
            raise InvalidSnapshot(f"The {name} {value} is not an amount in cents.")
        _set(snapshot, name, value.quantize(_CENT) + 0)


def as_plain(snapshot: object, *names: str) -> None:
    """Write the named numbers without exponent and trailing zeros, so that 1, 1.0 and 1E0 are one value."""
    for name in names:
        if getattr(snapshot, name) is not None:
            _set(snapshot, name, Decimal(plain_text(_decimal(snapshot, name))))


def plain_text(value: Decimal) -> str:
    """A number as digits: no exponent, no trailing zeros, no minus before zero."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _decimal(snapshot: object, name: str) -> Decimal:
    value = getattr(snapshot, name)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidSnapshot(f"The {name} is not a finite Decimal: {value!r}.")
    return value


def _set(snapshot: object, name: str, value: Decimal) -> None:
    object.__setattr__(
        snapshot, name, value
    )  # the dataclass is frozen; this runs only in __post_init__


def _no_float(text: str) -> Any:
    raise ValueError(f"the number {text} must be text")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _build(wanted: Any, value: Any) -> Any:
    """`value` out of JSON as the type `wanted` of a field."""
    if is_dataclass(wanted):
        hints = typing.get_type_hints(wanted)
        known = {field.name for field in fields(wanted)}
        if set(value) != known:
            raise ValueError(f"fields differ: {', '.join(sorted(set(value) ^ known))}")
        return typing.cast(type, wanted)(
            **{name: _build(hints[name], value[name]) for name in known}
        )
    origin, choices = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is tuple:
        return tuple(_build(choices[0], item) for item in value)
    if origin is types.UnionType:
        return None if value is None else _build(choices[0], value)
    if wanted in (Decimal, date) and isinstance(value, str):
        return Decimal(value) if wanted is Decimal else date.fromisoformat(value)
    plain_type = str if origin is typing.Literal else wanted
    if not isinstance(value, plain_type):
        raise TypeError(f"{value!r} is not {wanted}")
    return value
