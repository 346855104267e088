"""The form of a draft: a field per key of `Policy`, made from the type of the key."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoicing.domain.profiles import Policy
from invoicing.domain.profiles.checks import LONGEST_LABEL, RANGES
from invoicing.domain.profiles.overrides import HINTS, choices_of
from invoicing.presenters.profile_words import CHOICES, GROUPS, KEYS, key_words

LISTS = ("spending_order", "remark_words")
"""Keys whose order or words matter: written as text with commas."""


class ProfileForm(forms.Form):
    """All keys of a policy, filled with those of `policy`; `code` only for a new draft."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_-]{1,31}\Z",
        label=_("Profile"),
        help_text=_(
            "Keep the name to make a new version: all customers of the profile move to it. Another"
            " name makes a profile of its own, and customers are moved to it one by one."
        ),
    )
    effective_from = forms.DateField(
        label=_("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("From 00:00 of this day; somebody else has to schedule it first."),
    )

    def __init__(self, *args: Any, policy: Policy, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        if new:
            self.fields["code"].initial = policy.code
        else:
            del self.fields["code"]
        for key in HINTS:
            for name, field in _fields(key, getattr(policy, key)):
                self.fields[name] = field

    def values(self) -> dict[str, Any]:
        """The keys as `parse` reads them."""
        return {key: self._value(key) for key in HINTS}

    def _value(self, key: str) -> Any:
        parts = {name.partition("__")[2]: name for name in self._names(key)}
        if key == "title_review_days":
            pair = [self.cleaned_data[name] for name in parts.values()]
            return None if pair == [None, None] else [part or 0 for part in pair]
        if "" not in parts:
            return {entry: self.cleaned_data[name] for entry, name in parts.items()}
        value = self.cleaned_data[key]
        return (
            [word.strip() for word in value.split(",") if word.strip()] if key in LISTS else value
        )

    def _names(self, key: str) -> list[str]:
        return [name for name in self.fields if name == key or name.startswith(f"{key}__")]

    def heads(self) -> list[forms.BoundField]:
        """What comes before the keys."""
        return [self[name] for name in ("code", "effective_from") if name in self.fields]

    def groups(self) -> Iterator[tuple[str | Promise, list[tuple[str, list[forms.BoundField]]]]]:
        """Title of each group, with the source and the fields of its keys."""
        for title, keys in GROUPS:
            yield (
                title,
                [(key.source, [self[name] for name in self._names(key.name)]) for key in keys],
            )


def _fields(key: str, value: Any) -> Iterator[tuple[str, forms.Field]]:
    """Name and field of a key, or of each of its entries."""
    hint = HINTS[key]
    if isinstance(value, Mapping):
        part = get_args(hint)[1]
        for entry, current in value.items():
            yield f"{key}__{entry}", _field(key, part, current, key_words(key, entry))
    elif key == "title_review_days":
        least, most = value or (None, None)
        yield f"{key}__from", _field(key, int | None, least, _("%s, from") % key_words(key))
        yield f"{key}__to", _field(key, int | None, most, _("%s, to") % key_words(key))
    else:
        yield key, _field(key, hint, value, key_words(key))


def _field(key: str, hint: Any, value: Any, label: Any) -> forms.Field:
    optional = get_origin(hint) is UnionType and NoneType in get_args(hint)
    kind = next(part for part in get_args(hint) if part is not NoneType) if optional else hint
    about: dict[str, Any] = {
        "label": label,
        "initial": value,
        "required": not optional,
        "help_text": KEYS[key].help if key in KEYS else "",
    }
    if key in LISTS:
        return forms.CharField(**about | {"initial": ", ".join(value), "required": False})
    if get_origin(kind) in (tuple, frozenset):
        choices = _choices(key, choices_of(get_args(kind)[0]) or tuple(CHOICES.get(key, {})))
        widget = forms.CheckboxSelectMultiple
        about |= {"initial": list(value), "required": False}
        return forms.MultipleChoiceField(choices=choices, widget=widget, **about)
    if options := choices_of(kind):
        return forms.ChoiceField(choices=_choices(key, options), **about)
    if kind is bool:
        return forms.BooleanField(**about | {"required": False})
    if kind is int:
        least, most = RANGES.get(key, (0, None))
        return forms.IntegerField(min_value=least, max_value=most, **about)
    if kind is date:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **about)
    if kind is str:
        return forms.CharField(max_length=LONGEST_LABEL, **about)
    return forms.DecimalField(max_digits=12, decimal_places=2, **about)


def _choices(key: str, options: tuple[str, ...]) -> list[tuple[str, str | Promise]]:
    words = CHOICES.get(key, {})
    return [(option, words.get(option, option)) for option in options]
