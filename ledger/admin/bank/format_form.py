"""The form of a bank's format: a field per field of its definition, and a sample that shows what it does."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.admin.bank.format_words import GROUPS, HELP, LABELS
from ledger.domain import bank_format
from ledger.domain.bank_files import MOST_BYTES, Problem
from ledger.services.bank.reading import said

DELIMITERS: Final[list[tuple[str, str | Promise]]] = [
    ("comma", ","),
    ("semicolon", ";"),
    ("tab", _("Tab")),
]
MARKS: Final[Mapping[str, list[tuple[str, str | Promise]]]] = {
    "decimal": [("dot", "."), ("comma", ",")],
    "thousands": [("", _("None")), ("comma", ","), ("dot", "."), ("apostrophe", "'"), ("blank", _("Blank"))],
}  # fmt: skip
NEEDED = ("name", "dates", "booked_on")


class FormatForm(forms.Form):
    """How a bank writes its CSV. Several values of a field are separated by " | "."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9-]{1,38}\Z",
        label=_("Code"),
        help_text=_("Of a format that is there already, to change it; or a new one."),
    )
    sample = forms.FileField(
        label=_("Sample"),
        required=False,
        help_text=_(
            "A file of this bank: you see its first lines as they are understood. It is kept for an hour."
        ),
    )
    account = forms.CharField(label=_("Our account in the sample"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name in bank_format.FIELDS:
            self.fields[name] = _field(name)

    def definition(self) -> Mapping[str, str]:
        """The definition as `bank_format.parse` reads it."""
        values = {name: self.cleaned_data.get(name) for name in bank_format.FIELDS}
        return {name: value for name, value in values.items() if value}

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                bank_format.parse(self.cleaned_data["code"], self.definition())
            except Problem as problem:
                field, problem.column = problem.column, ""
                self.add_error(field if field in self.fields else None, said(problem))
        sample = self.cleaned_data.get("sample")
        if sample and (sample.size or 0) > MOST_BYTES:
            self.add_error("sample", _("The file is larger than 20 MB."))
        return self.cleaned_data

    def heads(self) -> list[forms.BoundField]:
        """What is no field of the definition."""
        return [self[name] for name in ("code", "sample", "account")]

    def groups(self) -> Iterator[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields of the definition, under their headings."""
        for title, names in GROUPS:
            yield title, [self[name] for name in names]


def _field(name: str) -> forms.Field:
    about: dict[str, Any] = {
        "label": LABELS[name],
        "required": name in NEEDED,
        "help_text": HELP.get(name, ""),
    }
    if name == "delimiter":
        return forms.ChoiceField(choices=DELIMITERS, **about)
    if name in MARKS:
        return forms.ChoiceField(choices=MARKS[name], **about)
    return forms.CharField(max_length=bank_format.LONGEST_FIELD, **about)
